// `npm run test:sweep`: 300 random combinations of a recurrent layer's options, against central differences
// and on both backends; and 100 random networks, whose layers run as one, against each by itself. `npm test` runs
// a tenth of them.

import { installBrowser } from "./browser.mjs";
import { setup } from "./setup.mjs";
import { runStages, vitest } from "./stages.mjs";

setup();
process.env.WEBRNN_BROWSER = installBrowser();
runStages([vitest("sweep"), vitest("sweep_gpu")]);
