// What the `cpu` of the optimizers has in common, in stretches of the weights: so scratch memory is small and
// in the cache.

import type { Ops } from "./ops.js";

/** Weights at a time. */
export const stretch = 1024;

/** Stands for no bound: larger than any gradient whose square is finite. */
export const unbounded = 2 ** 126;

/**
 * d = n gradients from g as an update takes them: times control[0], within control[2]. bound: scratch of n.
 */
export function clipped(ops: Ops, d: number, g: number, n: number, bound: number, control: number): void {
  const limit = ops.floats[control + 2];
  ops.affine(d, g, ops.floats[control], 0, n);
  if (limit === unbounded) return;
  ops.fill(bound, limit, n);
  ops.min(d, d, bound, n);
  ops.fill(bound, -limit, n);
  ops.max(d, d, bound, n);
}
