// The gradient through time, as one number a step: how vanishing and exploding gradients are measured.

import wgsl from "../../shaders/row_norm.wgsl?raw";
import { defineKernel, grid } from "./kernel.js";

/** out[d, t] = the square root of the sum over b < B and j < H of ds[t, b, d, j]^2. */
export const rowNorm = /* @__PURE__ */ defineKernel({
  name: "row_norm",
  wgsl,
  bindings: { ds: "read", out: "read_write" },
  params: { T: "u32", B: "u32", D: "u32", H: "u32", in_0: "u32", out_0: "u32" },
  workgroupBytes: 256,
  workgroups: ({ T, D }) => grid(T * D, 1),
  cpu(ops, at, { T, B, D, H, in_0, out_0 }) {
    for (let t = 0; t < T; t += 1) {
      for (let d = 0; d < D; d += 1) {
        let sum = 0;
        for (let b = 0; b < B; b += 1) {
          const row = at.ds + in_0 + ((t * B + b) * D + d) * H;
          sum += ops.dot(row, row, H);
        }
        ops.floats[at.out + out_0 + d * T + t] = Math.sqrt(sum);
      }
    }
  },
  flops: ({ T, B, D, H }) => 2 * T * B * D * H,
});
