// 100 random networks of wired layers: as on a GPU, which runs layers as one, and as on the CPU, which does not.

import { expect, test } from "vitest";
import { joinedOf } from "./joined.js";
import { lots } from "./lots.js";

test.each(lots)("lot %i: layers run as one in at least 3 of 10 networks", async (lot) => {
  expect(await joinedOf(lot, 10)).toBeGreaterThanOrEqual(3);
});
