// The operations that every kernel's `cpu` is written over, floor 2: one product and some operations on
// vectors. Addresses are element offsets into one arena, so that two implementations stand behind the same
// calls: plain loops (src/backends/cpu/plain.ts), which are the specification, and SIMD in WebAssembly
// (src/backends/cpu/wasm), whose exports are these functions.

export type Unary = "copy" | "neg" | "sigmoid" | "tanh" | "relu" | "exp" | "log" | "sqrt" | "abs";
export type Binary = "add" | "sub" | "mul" | "div" | "min" | "max";

type UnaryOp = (d: number, a: number, n: number, rows?: number, dRow?: number, aRow?: number) => void;
type BinaryOp = (
  d: number,
  a: number,
  b: number,
  n: number,
  rows?: number,
  dRow?: number,
  aRow?: number,
  bRow?: number,
) => void;

/**
 * d, a, b, x: addresses; n: elements. d may equal an operand; it may not overlap one in part. Where an
 * operation takes `rows`, it works on that many rows of n elements, one after another, and xRow is how far a
 * row of x lies from the one before: 0 repeats it, and a d of one row adds up. Without `rows`, which is at
 * least 1, it is one row.
 */
export interface Ops extends Record<Unary, UnaryOp>, Record<Binary, BinaryOp> {
  /** The arena as floats. For the few places that need one number; loops over it belong in an operation. */
  readonly floats: Float32Array | Float64Array;
  /** The arena as integers: the integer array at address `at` begins at index `at * words`. */
  readonly integers: Uint32Array;
  /** 32-bit words in a float: 1, or 2 in float64. */
  readonly words: number;

  /** Lays a matrix B [K, N], which goes by strides, out in panels at d: what `product` multiplies with. */
  pack(d: number, b: number, b_k: number, b_n: number, K: number, N: number): void;
  /**
   * C = S + A B: for every m < M, n < N, starting from S[m, n], adds A[m, k] B[k, n] in increasing k. A goes
   * by strides; the rows of C and S are contiguous, and c_m and s_m apart; B [K, N] lies in panels. S may be
   * C itself, or one row (s_m 0), or zeros: s -1.
   */
  product(
    M: number,
    N: number,
    K: number,
    a: number,
    a_m: number,
    a_k: number,
    panels: number,
    c: number,
    c_m: number,
    s: number,
    s_m: number,
  ): void;

  fill(d: number, value: number, n: number, rows?: number, dRow?: number): void;
  /** d = scale a + shift. */
  affine(d: number, a: number, scale: number, shift: number, n: number): void;
  /** d += scale a. */
  axpy(d: number, scale: number, a: number, n: number): void;
  /** d = x > 0 ? a : b. */
  select(
    d: number,
    x: number,
    a: number,
    b: number,
    n: number,
    rows?: number,
    dRow?: number,
    xRow?: number,
    aRow?: number,
    bRow?: number,
  ): void;
  /** d = hash(key, first + i) < threshold ? 0 : scale, as shaders/random.wgsl has it. */
  mask(d: number, key: number, first: number, threshold: number, scale: number, n: number): void;

  /** The one element at d is the sum of a; row by row. */
  sum: UnaryOp;
  /** The one element at d is the largest of a. */
  largest(d: number, a: number, n: number): void;
  /** The one element at d is the sum of a b. */
  dot(d: number, a: number, b: number, n: number): void;
}

/** Columns of a panel. */
export const panelWidth = 8;

/** Elements that the panels of a matrix [K, N] take up: [ceil(N / 8)][K][8], filled up with zeros. */
export function panelSize(K: number, N: number): number {
  const filledUp = N + panelWidth - 1;
  return K * (filledUp - (filledUp % panelWidth));
}
