// What the `cpu` of the optimizers has in common, in stretches of the weights: so scratch memory is small and in the cache.

import type { Run } from "./kernel.js";
import type { Ops } from "./ops.js";

/** Weights at a time. */
export const stretch = 1024;

/** d = n gradients from g as an update takes them: times control[0], or each within run.clip. bound: scratch of n. */
export function clipped(
  ops: Ops,
  d: number,
  g: number,
  n: number,
  bound: number,
  control: number,
  byValue: number,
  run: Run,
): void {
  if (byValue === 0 || run.clip === 0) {
    ops.affine(d, g, ops.floats[control], 0, n);
    return;
  }
  ops.fill(bound, run.clip, n);
  ops.min(d, g, bound, n);
  ops.fill(bound, -run.clip, n);
  ops.max(d, d, bound, n);
}
