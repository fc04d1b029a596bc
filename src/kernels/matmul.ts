// The product that everything else hangs on: batched, every operand by strides, so that transposes, time
// slices, both directions and batch-first input are one kernel. Rows (m) and what is summed over (k) have two
// levels of stride.

import wgsl from "../../shaders/matmul.wgsl?raw";
import { ceilDiv, defineKernel, type HeldMatrix, type Values } from "./kernel.js";
import { panelSize } from "./ops.js";
import { groupSize, isCrossed, rowAt } from "./rows.js";

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
  scratch: (p) => (p.M < few ? 0 : panelSize(Math.min(p.K, depth), p.N)),
  held: (p) => {
    const matrices: HeldMatrix<"B">[] = [];
    if (p.M >= few || p.N === 0) return matrices;
    for (let z = 0; z < p.Z; z += 1) {
      let length = 0;
      for (let k = 0; k < p.K; k += length) {
        length = pieceAt(k, p);
        matrices.push({ binding: "B", from: ofB(z, k, p), k: p.b_k, n: p.b_n, K: length, N: p.N });
      }
    }
    return matrices;
  },
  cpu(ops, at, p) {
    const { M, N, K, r, s, a_m1, a_m, a_k1, a_k, c_m1, c_m, accumulate, ones } = p;
    // as few products as the strides allow
    const isOne = M <= r || (a_m1 === r * a_m && c_m1 === r * c_m);
    const crossed = isCrossed(M, r, isOne);
    const rows = groupSize(M, r, isOne);
    // of A, of C and of the column of ones: from a row to the next, from a group to the next
    const a_row = crossed ? a_m1 : a_m;
    const a_group = crossed ? a_m : a_m1;
    const c_row = crossed ? c_m1 : c_m;
    const c_group = crossed ? c_m : c_m1;
    const ones_row = crossed ? r : 1;
    const ones_group = crossed ? 1 : r;
    const isRow = a_row === 1 && ones_row === 1; // rows of A lie as the sums of the column of ones do

    for (let z = 0; z < p.Z; z += 1) {
      const bias = at.bias + p.bias_0 + z * p.bias_z;
      if (ones === 1 && accumulate === 0) ops.fill(at.C + p.ones_0 + z * p.ones_z, 0, M);
      let length = 0;
      for (let k = 0; k < K; k += length) {
        length = pieceAt(k, p);
        let panels = at.held + (z * K + k) * panelSize(1, N);
        if (M >= few) {
          panels = at.scratch;
          ops.pack(panels, at.B + ofB(z, k, p), p.b_k, p.b_n, length, N);
        }
        for (let group = 0; group * rows < M; group += 1) {
          const count = Math.min(rows, M - group * rows);
          const A = at.A + p.a_0 + z * p.a_z + group * a_group + rowAt(k, s, a_k1, a_k);
          const C = at.C + p.c_0 + z * p.c_z + group * c_group;
          // what the sums start from
          const adds = k > 0 || accumulate === 1;
          if (k === 0 && adds && p.bias === 1) ops.add(C, C, bias, N, count, c_row, c_row, 0);
          const S = adds ? C : p.bias === 1 ? bias : -1;
          ops.product(count, N, length, A, a_row, a_k, panels, C, c_row, S, adds ? c_row : 0);
          if (ones === 0) continue;
          const to = at.C + p.ones_0 + z * p.ones_z + group * ones_group;
          const width = isRow ? count : 1;
          for (let m = 0; m < count; m += width) {
            ops.add(to + m * ones_row, to + m * ones_row, A + m * a_row, width, length, 0, 0, a_k);
          }
        }
      }
    }
  },
  flops: ({ M, N, K, ones, Z }) => 2 * Z * M * (N + ones) * K,
});

/** So many rows of A are few: then packing B would cost as much as the product, and its panels are held. */
const few = 64;
/** k is cut into pieces of at most so many, so that the panels of one need little scratch memory. */
const depth = 256;

type OfB = Values<"K" | "s" | "a_k1" | "a_k" | "b_0" | "b_z" | "b_k1" | "b_k">;

/** How many k from this one on go by one stride, up to `depth`. */
function pieceAt(k: number, { K, s, a_k1, a_k, b_k1, b_k }: OfB): number {
  const isOne = a_k1 === s * a_k && b_k1 === s * b_k;
  return Math.min(depth, K - k, isOne ? K : s - (k % s));
}

/** Where row k of B lies. */
function ofB(z: number, k: number, { s, b_0, b_z, b_k1, b_k }: OfB): number {
  return b_0 + z * b_z + rowAt(k, s, b_k1, b_k);
}
