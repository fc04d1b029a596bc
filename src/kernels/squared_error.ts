// Squared error and its gradient, row by row.

import wgsl from "../../shaders/squared_error.wgsl?raw";
import { defineKernel, grid } from "./kernel.js";
import { rowAt } from "./rows.js";

/**
 * losses[m] = scale[0] times the sum over n of (prediction - target)^2 and, with `gradient`, dprediction [M,
 * N] contiguous = 2 scale[0] (prediction - target). Without `gradient`, bind any writable buffer as
 * dprediction. (WGSL reserves "target".)
 */
export const squaredError = /* @__PURE__ */ defineKernel({
  name: "squared_error",
  wgsl,
  bindings: {
    prediction: "read",
    targets: "read",
    scale: "read",
    dprediction: "read_write",
    losses: "read_write",
  },
  params: {
    M: "u32",
    N: "u32",
    r: "u32", // row m of the prediction lies at floor(m / r) * in_m1 + (m % r) * in_m, its target alike
    in_0: "u32",
    in_m1: "u32",
    in_m: "u32",
    target_m1: "u32",
    target_m: "u32",
    gradient: "u32", // 1: dprediction is written
  },
  workgroups: ({ M }) => grid(M, 64),
  scratch: ({ N }) => N,
  cpu(ops, at, p) {
    const { M, N, r } = p;
    const scale = ops.floats[at.scale];
    const difference = at.scratch;
    for (let m = 0; m < M; m += 1) {
      const prediction = at.prediction + p.in_0 + rowAt(m, r, p.in_m1, p.in_m);
      const target = at.targets + rowAt(m, r, p.target_m1, p.target_m);
      ops.sub(difference, prediction, target, N);
      const loss = at.losses + m;
      ops.dot(loss, difference, difference, N);
      ops.floats[loss] *= scale;
      if (p.gradient === 1) ops.affine(at.dprediction + m * N, difference, 2 * scale, 0, N);
    }
  },
  flops: ({ M, N }) => 4 * M * N,
});
