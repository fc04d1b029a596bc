// A sample of the random networks of npm run test:sweep whose independent layers run as one.

import { expect, test } from "vitest";
import { joinedOf } from "../fuzz/joined.js";

test("layers run as one in at least 4 of 12 networks: all numbers are those of each by itself", async () => {
  expect(await joinedOf(0, 12)).toBeGreaterThanOrEqual(4);
});
