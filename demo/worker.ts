// The page's worker: hands requests to the laboratory and its reports to the page.

import { Lab } from "./lab/lab.js";
import type { Request } from "./protocol.js";

const lab = new Lab((report, transfer = []) => postMessage(report, { transfer }));

addEventListener("message", ({ data: request }: MessageEvent<Request>) => {
  switch (request.kind) {
    case "build":
      return void lab.build(request.experiment, request.file);
    case "giveUp":
      return lab.giveUp();
    case "train":
      return void lab.train();
    case "pause":
      return lab.pause();
    case "control":
      return lab.control(request.controls);
    case "write":
      return void lab.write();
    case "save":
      return void lab.save(request.what);
    case "check":
      return void lab.check();
  }
});
