// The product that everything else hangs on: batched, every operand by strides, so that transposes, time
// slices, both directions and batch-first input are one kernel. Rows (m) and what is summed over (k) have two
// levels of stride. Where not all steps of all sequences are there, a table says which rows or which k are.

import { type Access, ceilDiv, defineKernel, type Kernel, type Steps, type Values } from "./kernel.js";
import { type Form, sizesOf, workgroupBytes } from "./matmul_form.js";

export type Bindings = "A" | "B" | "bias" | "C";
export const matmulParams = {
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
  parts: "u32", // k is cut into so many: the sums over part p are those of z = p Z + z in C
} as const;

export type MatmulParams = Values<keyof typeof matmulParams>;
export type Matmul = Kernel<Bindings, keyof typeof matmulParams>;

/** By name: a kernel of a form is made once. */
const known = new Map<string, Matmul>();

/**
 * C[m, n] = f([bias[n]] + [C[m, n]] + sum over k of A[m, k] B[k, n]), for each z < Z, in increasing k whatever the
 * form, but in float16 by sums of a tile's depth. Without a bias, bind any buffer. Where rows m = t r + b or indices
 * k = t s + b are those of a table of live steps, it is bound as `live`, after the others; other rows are left as they
 * are.
 */
export function matmul(form: Form): Matmul {
  const name = nameOf(form);
  const kernel = known.get(name) ?? define(name, form);
  known.set(name, kernel);
  return kernel;
}

/** Tells any two forms apart. */
function nameOf({
  tile,
  a,
  b,
  c,
  tail,
  levels,
  bias,
  accumulate,
  ones,
  live,
  half,
  activation,
}: Form): string {
  const { M, N } = sizesOf(tile);
  const two = levels && `${levels}2`;
  const flags = [
    half && "B of float16",
    c && "C4",
    tail && "tail",
    two,
    bias && "bias",
    accumulate && "+=",
    ones && "ones",
    activation,
    tile.float16 && "in float16",
  ];
  const size = `${M}x${N}x${tile.depth} by ${tile.block.join("x")}${tile.deep ? ` deep ${tile.deep}` : ""}`;
  return [`matmul${live ? `, live ${live}` : ""}, ${size}`, a, b, ...flags.filter(Boolean)].join(" ");
}

function define(name: string, form: Form): Matmul {
  const { live, tile } = form;
  const size = sizesOf(tile);
  const access = (how: "read" | "read_write", isWide: boolean): Access => (isWide ? `${how} vec4f` : how);
  return defineKernel<Bindings, keyof typeof matmulParams>({
    name,
    wgsl: (texts) => texts.matmul(form),
    bindings: {
      A: access("read", form.a.startsWith("vec4")),
      B: form.half ? "read u32" : access("read", form.b.startsWith("vec4")),
      bias: "read",
      C: access("read_write", form.c),
      ...(live && { live: "read u32" }),
    },
    params: matmulParams,
    workgroupBytes: workgroupBytes(form),
    workgroups: ({ M, N, Z, parts }) => [Math.max(1, ceilDiv(N, size.N)), ceilDiv(M, size.M), Z * parts],
    twin: (twins) => twins.matmul(form),
    flops: (p, steps) => {
      const { M, K } = extent(p, steps);
      return 2 * p.Z * M * (p.N + p.ones) * K;
    },
    bytes: (p, steps) => {
      const { M, K } = extent(p, steps);
      const { N, Z, parts, bias, accumulate, ones } = p;
      const A = M * K * (p.a_z === 0 ? 1 : Z);
      const B = K * N * (p.b_z === 0 ? 1 : Z);
      const C = Z * parts * M * (N + ones) * (1 + accumulate);
      return 4 * (A + B + C + bias * Z * N + (live === "rows" ? M : live ? K : 0));
    },
  });

  /** The rows and the k's that there are. */
  function extent({ M, K }: MatmulParams, steps: Steps | undefined): { M: number; K: number } {
    const count = steps?.rows;
    return { M: live === "rows" ? (count ?? M) : M, K: live === "depth" ? (count ?? K) : K };
  }
}
