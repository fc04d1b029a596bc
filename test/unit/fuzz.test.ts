// Every option alone, and a sample of the random combinations of npm run test:sweep: gradients against central
// differences.

import { expect, test } from "vitest";
import { alone } from "../fuzz/alone.js";
import { checkDifferences } from "../fuzz/checks.js";
import { differencesOf } from "../fuzz/lots.js";

test.each(alone)("alone: %s", async (_, draw) => {
  const { worst, where } = await checkDifferences(draw);
  expect(worst, where).toBeLessThanOrEqual(1e-7);
});

test("30 combinations of options against central differences", () => differencesOf(0), 180_000);
