// The product that everything else hangs on: batched, every operand by strides, so that transposes, time
// slices, both directions and batch-first input are one kernel. Rows (m) and what is summed over (k) have two
// levels of stride.

import wgsl from "../../shaders/matmul.wgsl?raw";
import { ceilDiv, defineKernel } from "./kernel.js";

/**
 * C[m, n] = [bias[n]] + sum over k of A[m, k] B[k, n] + [C[m, n]], for each z < Z. Without a bias, bind any
 * buffer.
 */
export const matmul = /* @__PURE__ */ defineKernel({
  name: "matmul",
  wgsl,
  bindings: { A: "read", B: "read", bias: "read", C: "read_write" },
  params: {
    M: "u32",
    N: "u32",
    K: "u32",
    // row m lies at floor(m / r) * x_m1 + (m % r) * x_m, k at floor(k / s) * x_k1 + (k % s) * x_k
    r: "u32",
    s: "u32",
    a_0: "u32",
    a_z: "u32",
    a_m1: "u32",
    a_m: "u32",
    a_k1: "u32",
    a_k: "u32",
    b_0: "u32",
    b_z: "u32",
    b_k1: "u32",
    b_k: "u32",
    b_n: "u32",
    c_0: "u32",
    c_z: "u32",
    c_m1: "u32",
    c_m: "u32",
    bias_0: "u32",
    bias_z: "u32",
    Z: "u32",
    bias: "u32", // 1: sums start from the bias
    accumulate: "u32", // 1: C is added to
    ones: "u32", // 1: the sum over k of A[m, k] goes to C[ones_0 + z ones_z + m], the gradient of a bias
    ones_0: "u32",
    ones_z: "u32",
  },
  workgroupBytes: 8_320,
  workgroups: ({ M, N, ones, Z }) => [ceilDiv(N + ones, 64), ceilDiv(M, 64), Z],
  scratch: ({ ones }) => ones,
  cpu(ops, at, p) {
    const { M, N, K, r, s, a_m1, a_m, a_k1, a_k, b_k1, b_k, b_n, c_m1, c_m, accumulate, ones } = p;
    // As few products as the strides allow. Rows are cut into groups of one stride: all of them where both
    // levels are one; else r rows each; or, where that would be many small groups, the rows of one inner
    // index each.
    const whole = M <= r || (a_m1 === r * a_m && c_m1 === r * c_m);
    const crossed = !whole && r * r < M && M % r === 0;
    const rows = whole ? M : crossed ? M / r : r;
    // of A, of C and of the column of ones: from a row to the next, from a group to the next
    const [a_row, a_group, c_row, c_group, ones_row, ones_group] = crossed
      ? [a_m1, a_m, c_m1, c_m, r, 1]
      : [a_m, a_m1, c_m, c_m1, 1, r];
    const depth = K <= s || (a_k1 === s * a_k && b_k1 === s * b_k) ? K : s;
    if (ones === 1) ops.fill(at.scratch, 1, 1);

    for (let z = 0; z < p.Z; z += 1) {
      const bias = at.bias + p.bias_0 + z * p.bias_z;
      for (let group = 0; group * rows < M; group += 1) {
        const count = Math.min(rows, M - group * rows);
        const A = at.A + p.a_0 + z * p.a_z + group * a_group;
        const C = at.C + p.c_0 + z * p.c_z + group * c_group;
        const one = at.C + p.ones_0 + z * p.ones_z + group * ones_group;
        for (let m = 0; m < count; m += 1) {
          const row = C + m * c_row;
          if (accumulate === 0) ops.fill(row, 0, N);
          if (p.bias === 1) ops.add(row, row, bias, N);
          if (accumulate === 0 && ones === 1) ops.fill(one + m * ones_row, 0, 1);
        }
        for (let k = 0; k < K; k += depth) {
          const length = Math.min(depth, K - k);
          const a = A + (k / depth) * a_k1;
          const b = at.B + p.b_0 + z * p.b_z + (k / depth) * b_k1;
          ops.product(count, N, length, a, a_row, a_k, b, b_k, b_n, C, c_row);
          if (ones === 1) ops.product(count, 1, length, a, a_row, a_k, at.scratch, 0, 0, one, ones_row);
        }
      }
    }
  },
  flops: ({ M, N, K, ones, Z }) => 2 * Z * M * (N + ones) * K,
});
