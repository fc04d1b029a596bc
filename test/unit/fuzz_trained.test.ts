// Random combinations of options in a trainer: what the sweep of single passes does not draw.

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Draw, draws } from "../fuzz/draws.js";
import { aloneFromTogether, smallFromFast, summed } from "../fuzz/trained.js";

test.each([
  ["memory small as fast, bounded between steps, with smaller batches and a carried state", smallFromFast, 1],
  ["sequences alone as together, bounded between steps, whatever is drawn at random", aloneFromTogether, 2],
])("%s", async (_, far, fewest) => {
  const drawn = draws.map(summed).filter(({ B }) => B >= fewest);
  const holds = async (draw: Draw): Promise<void> => {
    expect(await far(draw)).toBeLessThanOrEqual(1e-11);
  };
  await fc.assert(fc.asyncProperty(drawn, holds), { seed: 606, numRuns: 25 });
});
