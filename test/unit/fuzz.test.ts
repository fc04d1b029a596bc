// A sample of the random combinations of npm run test:sweep: gradients against central differences.

import { test } from "vitest";
import { differencesOf } from "../fuzz/lots.js";

test("30 combinations of options against central differences", () => differencesOf(0), 180_000);
