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

/** Moves the moments m and v of Adam by the n gradients g, and the weights w by them. scratch: n. */
export function adamStep(
  ops: Ops,
  w: number,
  m: number,
  v: number,
  g: number,
  n: number,
  scratch: number,
  p: { readonly beta1: number; readonly beta2: number; readonly eps: number },
  run: Run,
): void {
  ops.affine(m, m, p.beta1, 0, n);
  ops.axpy(m, 1 - p.beta1, g, n);
  ops.affine(v, v, p.beta2, 0, n);
  ops.mul(scratch, g, g, n);
  ops.axpy(v, 1 - p.beta2, scratch, n);
  ops.affine(scratch, v, 1 / run.correction2, 0, n);
  ops.sqrt(scratch, scratch, n);
  ops.affine(scratch, scratch, 1, p.eps, n);
  ops.div(scratch, m, scratch, n);
  ops.axpy(w, -run.lr / run.correction1, scratch, n);
}
