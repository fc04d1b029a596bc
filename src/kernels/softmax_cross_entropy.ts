// Cross entropy of softmax(logits) with a token as the target, and its gradient, row by row.

import aloneWgsl from "../../shaders/alone.wgsl?raw";
import reduceWgsl from "../../shaders/reduce.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import wgsl from "../../shaders/softmax_cross_entropy.wgsl?raw";
import { defineKernel, grid, link } from "./kernel.js";
import { rowAt } from "./rows.js";

/** The target of a row that does not count. */
export const ignored = 0xffffffff;
/** The target of a row that has none: its logit counts as 0. */
export const noTarget = 0xfffffffe;

/**
 * losses[m] = weights[m] (z - logits[m, target]), z = log sum exp logits[m], and with `smooths` also the sum
 * over v of smoothing[v] (z - logits[m, v]); with `gradient`, run.scale times that is dlogits [M, V], contiguous.
 * A row whose target is `ignored` is not read: its loss and gradient are 0. smoothing is [V], then their sum.
 * Without `smooths`, bind anything as smoothing; without `gradient`, any writable buffer as dlogits.
 */
const kernelOf = (name: string, team: string, workgroupBytes: number, rows: number) =>
  defineKernel({
    name,
    wgsl: link(team, wgsl, runWgsl),
    bindings: {
      logits: "read",
      targets: "read u32",
      weights: "read",
      smoothing: "read",
      dlogits: "read_write",
      losses: "read_write",
    },
    run: true,
    params: {
      M: "u32",
      V: "u32",
      r: "u32", // row m of the logits lies at floor(m / r) * in_m1 + (m % r) * in_m
      in_0: "u32",
      in_m1: "u32",
      in_m: "u32",
      smooths: "u32", // 1: smoothing is read
      gradient: "u32", // 1: dlogits is written
    },
    workgroupBytes,
    workgroups: ({ M }) => grid(M, rows),
    scratch: ({ V, gradient }) => (gradient === 1 ? 0 : V),
    cpu(ops, at, p, { scale }) {
      const { M, V } = p;
      const f = ops.floats;
      for (let m = 0; m < M; m += 1) {
        const row = at.logits + p.in_0 + rowAt(m, p.r, p.in_m1, p.in_m);
        const target = ops.integers[at.targets * ops.words + m];
        const weight = f[at.weights + m];
        const d = p.gradient === 1 ? at.dlogits + m * V : at.scratch;
        const loss = at.losses + m;
        if (target === ignored) {
          ops.fill(d, 0, V);
          f[loss] = 0;
          continue;
        }
        ops.largest(loss, row, V);
        const largest = f[loss];
        ops.affine(d, row, 1, -largest, V);
        let smoothLoss = 0;
        let smoothWeight = 0;
        if (p.smooths === 1) {
          ops.dot(loss, d, at.smoothing, V);
          smoothLoss = -f[loss];
          smoothWeight = f[at.smoothing + V];
        }
        ops.exp(d, d, V);
        ops.sum(loss, d, V);
        const sum = f[loss];
        const atTarget = target < V ? f[row + target] : 0;
        const likelihood = Math.max(atTarget - largest, -1e38) - Math.log(sum);
        f[loss] = smoothLoss + smoothWeight * Math.log(sum) - weight * likelihood;
        if (p.gradient === 1) {
          ops.affine(d, d, (weight + smoothWeight) / sum, 0, V);
          if (target < V) f[d + target] -= weight;
          if (p.smooths === 1) ops.sub(d, d, at.smoothing, V);
          if (scale !== 1) ops.affine(d, d, scale, 0, V);
        }
      }
    },
    flops: ({ M, V, smooths }) => (6 + 4 * smooths) * M * V,
  });

/** A row for a workgroup. */
export const softmaxCrossEntropy = /* @__PURE__ */ kernelOf("softmax_cross_entropy", reduceWgsl, 256, 1);
/** The same, a row for an invocation: for short rows, and where barriers are dear. */
export const softmaxCrossEntropyAlone = /* @__PURE__ */ kernelOf(
  "softmax_cross_entropy, alone",
  aloneWgsl,
  0,
  64,
);

/** Of rows so short most threads of a workgroup have nothing to do. */
const short = 32;
/** Seconds. There are some 16 barriers a row. */
const dear = 1e-5;

/** barrier: what one takes. */
export function softmaxCrossEntropyFor(V: number, barrier: number): typeof softmaxCrossEntropy {
  return V <= short || barrier > dear ? softmaxCrossEntropyAlone : softmaxCrossEntropy;
}
