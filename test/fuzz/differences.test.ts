// 300 random combinations of options: gradients against central differences in float64.

import { test } from "vitest";
import { differencesOf, lots } from "./lots.js";

test.each(lots)("lot %i: 30 combinations against central differences", differencesOf);
