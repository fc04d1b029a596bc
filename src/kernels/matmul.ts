// The product that everything else hangs on: batched, every operand by strides, so that transposes, time slices, both
// directions and batch-first input are one kernel. Rows (m) and what is summed over (k) have two levels of stride.

import wgsl from "../../shaders/matmul.wgsl?raw";
import { ceilDiv, defineKernel } from "./kernel.js";
import type { Ops } from "./ops.js";

/** C[m, n] = [bias[n]] + sum over k of A[m, k] B[k, n] + [C[m, n]], for each z < Z. Without a bias, bind any buffer. */
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
    const { M, N, K, r, s, a_m1, a_m, a_k1, a_k, b_k1, b_k, b_n, c_m1, c_m } = p;
    // As few products as the strides allow. Rows are cut into groups of one stride: all of them where both levels are one;
    // else r rows each; or, where that would be many small groups, the rows of one inner index each.
    const whole = M <= r || (a_m1 === r * a_m && c_m1 === r * c_m);
    const crossed = !whole && r * r < M;
    const rows = whole ? M : r;
    const groups = crossed ? r : ceilDiv(M, rows);
    const next = crossed ? 1 : rows; // from the first row of a group to that of the next
    const apart = crossed ? r : 1; // from a row to the next of its group
    const a_row = crossed ? a_m1 : a_m;
    const c_row = crossed ? c_m1 : c_m;
    const depth = K <= s || (a_k1 === s * a_k && b_k1 === s * b_k) ? K : s;
    if (p.ones === 1) ops.fill(at.scratch, 1, 1);

    for (let z = 0; z < p.Z; z += 1) {
      const bias = at.bias + p.bias_0 + z * p.bias_z;
      for (let group = 0; group < groups; group += 1) {
        const count = crossed ? ceilDiv(M - group, r) : Math.min(rows, M - group * rows);
        const A = at.A + p.a_0 + z * p.a_z + group * (crossed ? a_m : a_m1);
        const C = at.C + p.c_0 + z * p.c_z + group * (crossed ? c_m : c_m1);
        const ones = at.C + p.ones_0 + z * p.ones_z + group * next;
        if (p.accumulate === 0) clear(ops, C, c_row, count, N);
        if (p.accumulate === 0 && p.ones === 1) clear(ops, ones, apart, count, 1);
        if (p.bias === 1) addToRows(ops, C, c_row, bias, count, N);
        for (let k = 0; k < K; k += depth) {
          const length = Math.min(depth, K - k);
          const a = A + (k / depth) * a_k1;
          const b = at.B + p.b_0 + z * p.b_z + (k / depth) * b_k1;
          ops.product(count, N, length, a, a_row, a_k, b, b_k, b_n, C, c_row);
          if (p.ones === 1) {
            ops.product(count, 1, length, a, a_row, a_k, at.scratch, 0, 0, ones, apart);
          }
        }
      }
    }
  },
  flops: ({ M, N, K, ones, Z }) => 2 * Z * M * (N + ones) * K,
});

function clear(ops: Ops, c: number, c_m: number, rows: number, n: number): void {
  if (c_m === n) {
    ops.fill(c, 0, rows * n);
    return;
  }
  for (let m = 0; m < rows; m += 1) {
    ops.fill(c + m * c_m, 0, n);
  }
}

function addToRows(ops: Ops, c: number, c_m: number, added: number, rows: number, n: number): void {
  for (let m = 0; m < rows; m += 1) {
    ops.add(c + m * c_m, c + m * c_m, added, n);
  }
}
