// Random combinations against central differences in float64: a share of the 300 that the sweep runs.

import fc from "fast-check";
import { expect } from "vitest";
import { checkDifferences } from "./checks.js";
import { draws } from "./draws.js";

/** The n-th lot of so many draws; every lot has a seed of its own. */
export async function differencesOf(lot: number, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(draws, async (draw) => {
      const { worst, where } = await checkDifferences(draw);
      expect(worst, where).toBeLessThanOrEqual(1e-7);
    }),
    { seed: 600 + lot, numRuns },
  );
}
