// The product that everything else hangs on: batched, every operand by strides, so that transposes, time
// slices, both directions and batch-first input are one kernel. Rows (m) and what is summed over (k) have two
// levels of stride. Where not all steps of all sequences are there, a table says which rows or which k are.

import wgsl from "../../shaders/matmul.wgsl?raw";
import { type Access, ceilDiv, defineKernel, type HeldMatrix, type Kernel, link } from "./kernel.js";
import { few, multiply, type Product, pieceOf, piecesOfAll, rowsOfAll } from "./matmul_cpu.js";
import { panelSize } from "./ops.js";
import { liveRuns } from "./runs.js";

const bindings = { A: "read", B: "read", bias: "read", C: "read_write" } as const;
const params = {
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
} as const;

/** The text's part about which rows and which k there are. */
function reading(rows: "all" | "live", depth: "all" | "live"): string {
  const count = (which: string, all: string): string => (which === "live" ? "live[0]" : `params.${all}`);
  const index = (which: string, i: string): string => (which === "live" ? `live[1u + ${i}]` : i);
  return `
fn rows() -> u32 { return ${count(rows, "M")}; }
fn depth() -> u32 { return ${count(depth, "K")}; }
fn row_at(m: u32) -> u32 { return ${index(rows, "m")}; }
fn depth_at(k: u32) -> u32 { return ${index(depth, "k")}; }`;
}

/**
 * C[m, n] = [bias[n]] + sum over k of A[m, k] B[k, n] + [C[m, n]], for each z < Z. Without a bias, bind any
 * buffer.
 */
export const matmul = /* @__PURE__ */ defineKernel({
  name: "matmul",
  wgsl: /* @__PURE__ */ link(wgsl, /* @__PURE__ */ reading("all", "all")),
  bindings,
  params,
  workgroupBytes: 8_320,
  workgroups: ({ M, N, ones, Z }) => [ceilDiv(N + ones, 64), ceilDiv(M, 64), Z],
  scratch: (p) => (p.M < few ? 0 : panelSize(pieceOf(p), p.N)),
  held: (p) => {
    const matrices: HeldMatrix<"B">[] = [];
    if (p.M >= few || p.N === 0) return matrices;
    const { at } = piecesOfAll(p);
    for (let z = 0; z < p.Z; z += 1) {
      for (let k = 0; k < at.length; k += 3) {
        const from = p.b_0 + z * p.b_z + at[k] * p.b_k1 + at[k + 1] * p.b_k;
        matrices.push({ binding: "B", from, k: p.b_k, n: p.b_n, K: at[k + 2], N: p.N });
      }
    }
    return matrices;
  },
  cpu: (ops, at, p) => multiply(ops, at, p, rowsOfAll(p), piecesOfAll(p), p.M < few ? at.held : undefined),
  flops: ({ M, N, K, ones, Z }) => 2 * Z * M * (N + ones) * K,
});

export type LiveMatmul = Kernel<keyof typeof bindings | "live", keyof typeof params>;

/** The same where rows m = t r + b are those of a table of live steps: of A and of C. Others are left as they are. */
export const matmulOfLiveRows: LiveMatmul = /* @__PURE__ */ live("rows", {
  cpu: (ops, at, p) => {
    const rows = liveRuns(ops, at.live, p.M / p.r, p.r, p.M);
    multiply(ops, at, p, rows, piecesOfAll(p), undefined);
  },
  flops: ({ N, K, ones, Z }, rows) => 2 * Z * rows * (N + ones) * K,
});

/** The same where k = t s + b are those of a table of live steps: a sum over the steps that there are. */
export const matmulOverLive: LiveMatmul = /* @__PURE__ */ live("depth", {
  cpu: (ops, at, p) => {
    const depth = liveRuns(ops, at.live, p.K / p.s, p.s, pieceOf(p));
    multiply(ops, at, p, rowsOfAll(p), depth, undefined);
  },
  flops: ({ M, N, ones, Z }, rows) => 2 * Z * M * (N + ones) * rows,
});

function live(
  which: "rows" | "depth",
  { cpu, flops }: { cpu: LiveMatmul["cpu"]; flops: (p: Product, rows: number) => number },
): LiveMatmul {
  const text = which === "rows" ? reading("live", "all") : reading("all", "live");
  return defineKernel({
    ...matmul,
    name: `matmul, live ${which}`,
    wgsl: link(wgsl, text),
    bindings: { ...bindings, live: "read u32" as Access },
    scratch: (p) => panelSize(pieceOf(p), p.N),
    held: () => [],
    cpu,
    flops: (p, steps) => flops(p, steps?.rows ?? (which === "rows" ? p.M : p.K)),
  });
}
