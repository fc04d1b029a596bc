// The page's worker: hands requests to the laboratory and its reports to the page.

import { Lab } from "./lab/lab.js";
import type { Request } from "./protocol.js";

const lab = new Lab((report, transfer = []) => postMessage(report, { transfer }));

addEventListener("message", ({ data: request }: MessageEvent<Request>) => {
  switch (request.kind) {
    case "build":
      void lab.build(request);
      break;
    case "giveUp":
      lab.giveUp();
      break;
    case "train":
      void lab.train();
      break;
    case "pause":
      lab.pause();
      break;
    case "control":
      lab.control(request.controls);
      break;
    case "show":
      void lab.show();
      break;
    case "save":
      void lab.save(request.what);
      break;
    case "check":
      void lab.check();
      break;
    case "measure":
      void lab.measure();
      break;
  }
});
