// Lots of draws: the sweep runs ten of 30 each, the other tests the first. Every lot has a seed of its own, so
// that it is the same wherever it runs.

import fc from "fast-check";
import { expect } from "vitest";
import type { AnyBackend } from "../goldens_check.js";
import { checkAgain } from "./again.js";
import { checkAgreement, checkDifferences } from "./checks.js";
import { type Draw, draws } from "./draws.js";
import { float64 } from "./pass.js";

export const lots = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** A draw that fails is made as simple as it can be, and printed. */
function each(lot: number, check: (draw: Draw) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(draws, check), { seed: 600 + lot, numRuns: 30 });
}

/** Gradients against central differences in float64; and that a plan leaves nothing behind. */
export function differencesOf(lot: number): Promise<void> {
  return each(lot, async (draw) => {
    const { worst, where } = await checkDifferences(draw);
    expect(worst, where).toBeLessThanOrEqual(1e-7);
    expect(await checkAgain(float64, draw)).toBeUndefined();
  });
}

/** One backend against another, both in float32; and that a plan of the first leaves nothing behind. */
export function agreementOf(lot: number, backend: AnyBackend, other: AnyBackend): Promise<void> {
  return each(lot, async (draw) => {
    const { forward, backward } = await checkAgreement(backend, other, draw);
    expect(forward.worst, forward.where).toBeLessThanOrEqual(2e-5);
    expect(backward.worst, backward.where).toBeLessThanOrEqual(1e-4);
    expect(await checkAgain(backend, draw)).toBeUndefined();
  });
}
