// Cross entropy of softmax(logits) with a token as the target, and its gradient, row by row.

import wgsl from "../../shaders/softmax_cross_entropy.wgsl?raw";
import { defineKernel, grid } from "./kernel.js";
import { rowAt } from "./rows.js";

/** The target of a row that does not count. */
export const ignored = 0xffffffff;

/**
 * losses[m] = scale[0] (log sum exp logits[m] - logits[m, target]) and, with `gradient`, dlogits [M, V]
 * contiguous. Both are 0 where the target is `ignored`. Without `gradient`, bind any writable buffer as
 * dlogits.
 */
export const softmaxCrossEntropy = /* @__PURE__ */ defineKernel({
  name: "softmax_cross_entropy",
  wgsl,
  bindings: {
    logits: "read",
    targets: "read u32",
    scale: "read",
    dlogits: "read_write",
    losses: "read_write",
  },
  params: {
    M: "u32",
    V: "u32",
    r: "u32", // row m of the logits lies at floor(m / r) * in_m1 + (m % r) * in_m, its target alike
    in_0: "u32",
    in_m1: "u32",
    in_m: "u32",
    targets_m1: "u32",
    targets_m: "u32",
    gradient: "u32", // 1: dlogits is written
  },
  workgroupBytes: 256,
  workgroups: ({ M }) => grid(M, 1),
  scratch: ({ V, gradient }) => (gradient === 1 ? 0 : V),
  cpu(ops, at, p) {
    const { M, V, r } = p;
    const scale = ops.floats[at.scale];
    for (let m = 0; m < M; m += 1) {
      const row = at.logits + p.in_0 + rowAt(m, r, p.in_m1, p.in_m);
      const target = ops.integers[at.targets * ops.words + rowAt(m, r, p.targets_m1, p.targets_m)];
      const d = p.gradient === 1 ? at.dlogits + m * V : at.scratch;
      if (target === ignored) {
        ops.fill(d, 0, V);
        ops.fill(at.losses + m, 0, 1);
        continue;
      }
      const loss = at.losses + m;
      ops.largest(loss, row, V);
      const largest = ops.floats[loss];
      ops.affine(d, row, 1, -largest, V);
      ops.exp(d, d, V);
      ops.sum(loss, d, V);
      const sum = ops.floats[loss];
      const likelihood = Math.max(ops.floats[row + target] - largest, -1e38) - Math.log(sum);
      ops.floats[loss] = -scale * likelihood;
      if (p.gradient === 1) {
        ops.affine(d, d, scale / sum, 0, V);
        ops.floats[d + target] -= scale;
      }
    }
  },
  flops: ({ M, V }) => 6 * M * V,
});
