// Copies or adds rows from one layout into another: initial and final states, concatenated features, outputs
// in their public order.

import wgsl from "../../shaders/copy.wgsl?raw";
import { defineKernel, grid } from "./kernel.js";

/** out[m, n] = input[m, n], or += with `accumulate`, for each z < Z. Columns are contiguous. */
export const copy = /* @__PURE__ */ defineKernel({
  name: "copy",
  wgsl,
  bindings: { input: "read", out: "read_write" },
  params: {
    Z: "u32",
    M: "u32",
    N: "u32",
    r: "u32", // row m lies at floor(m / r) * x_m1 + (m % r) * x_m
    in_0: "u32",
    in_z: "u32",
    in_m1: "u32",
    in_m: "u32",
    out_0: "u32",
    out_z: "u32",
    out_m1: "u32",
    out_m: "u32",
    accumulate: "u32",
  },
  workgroups({ Z, M, N }) {
    const [x, y] = grid(M * N, 64);
    return [x, y, Z];
  },
  cpu(ops, at, p) {
    const { M, N, r } = p;
    const oneLevel = M <= r || (p.in_m1 === r * p.in_m && p.out_m1 === r * p.out_m);
    const rows = oneLevel ? M : r;
    for (let z = 0; z < p.Z; z += 1) {
      for (let first = 0; first < M; first += rows) {
        const count = Math.min(rows, M - first);
        const from = at.input + p.in_0 + z * p.in_z + (first / rows) * p.in_m1;
        const to = at.out + p.out_0 + z * p.out_z + (first / rows) * p.out_m1;
        if (p.accumulate === 0) {
          ops.copy(to, p.out_m, from, p.in_m, count, N);
        } else {
          for (let m = 0; m < count; m += 1) {
            ops.add(to + m * p.out_m, to + m * p.out_m, from + m * p.in_m, N);
          }
        }
      }
    }
  },
  flops: ({ Z, M, N, accumulate }) => Z * M * N * accumulate,
});
