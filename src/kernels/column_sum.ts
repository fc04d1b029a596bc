// Sums over rows: the gradients of what is shared by all sequences, such as a cell's parameters and learned initial states.

import wgsl from "../../shaders/column_sum.wgsl?raw";
import { ceilDiv, defineKernel } from "./kernel.js";

/** out[n] = sum over m < M of input[m, n], or += with `accumulate`, for each z < Z. */
export const columnSum = /* @__PURE__ */ defineKernel({
  name: "column_sum",
  wgsl,
  bindings: { input: "read", out: "read_write" },
  params: {
    Z: "u32",
    M: "u32",
    N: "u32",
    in_0: "u32",
    in_z: "u32",
    in_m: "u32",
    out_0: "u32",
    out_z: "u32",
    accumulate: "u32",
  },
  workgroups: ({ Z, N }) => [ceilDiv(N, 64), 1, Z],
  scratch: () => 1,
  cpu(ops, at, p) {
    ops.fill(at.scratch, 1, 1);
    for (let z = 0; z < p.Z; z += 1) {
      const to = at.out + p.out_0 + z * p.out_z;
      if (p.accumulate === 0) ops.fill(to, 0, p.N);
      // a row of ones times the matrix
      ops.product(1, p.N, p.M, at.scratch, 0, 0, at.input + p.in_0 + z * p.in_z, p.in_m, 1, to, p.N);
    }
  },
  flops: ({ Z, M, N }) => Z * M * N,
});
