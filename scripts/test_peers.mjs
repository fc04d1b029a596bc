// `npm run test:peers -- FOLDER`: runs other projects' own test cases, kept outside this repository, against
// webrnn, on the CPU and on node's WebGPU. The tests find the folder in WEBRNN_PEER_CASES.

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { softwareVulkan } from "./browser.mjs";
import { setup } from "./setup.mjs";
import { runStages, vitest } from "./stages.mjs";

const [folder] = process.argv.slice(2);
if (folder === undefined || !existsSync(folder)) {
  const found = folder === undefined ? "no folder is named" : `there is no folder ${folder}`;
  console.error(`npm run test:peers: ${found}; it must hold the peers' cases: npm run test:peers -- FOLDER.`);
  console.log("0 passed, 1 failed");
  process.exit(1);
}
setup();
runStages([vitest("peers", { WEBRNN_PEER_CASES: resolve(folder), ...softwareVulkan() })]);
