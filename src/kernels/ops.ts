// The operations that every kernel's `cpu` is written over, floor 2: one product and some operations on
// vectors. Addresses are element offsets into one arena, so that another implementation (SIMD over a
// WebAssembly.Memory) can stand behind the same calls. The plain one is src/backends/cpu/plain.ts; it is the
// specification.

export type Unary = "neg" | "sigmoid" | "tanh" | "relu" | "exp" | "log" | "sqrt" | "abs";
export type Binary = "add" | "sub" | "mul" | "div" | "min" | "max";

type UnaryOp = (d: number, a: number, n: number) => void;
type BinaryOp = (d: number, a: number, b: number, n: number) => void;

/** d, a, b, x: addresses; n: elements. d may equal an operand; it may not overlap one in part. */
export interface Ops extends Record<Unary, UnaryOp>, Record<Binary, BinaryOp> {
  /** The arena as floats. For the few places that need one number; loops over it belong in an operation. */
  readonly floats: Float32Array | Float64Array;
  /** The arena as integers: the integer array at address `at` begins at index `at * words`. */
  readonly integers: Uint32Array;
  /** 32-bit words in a float: 1, or 2 in float64. */
  readonly words: number;

  /**
   * C += A B: for every m < M, n < N, starting from C[m, n], adds A[m, k] B[k, n] in increasing k.
   * C's rows are contiguous, its row stride is c_m; A and B lie by strides.
   */
  product(
    M: number,
    N: number,
    K: number,
    a: number,
    a_m: number,
    a_k: number,
    b: number,
    b_k: number,
    b_n: number,
    c: number,
    c_m: number,
  ): void;

  fill(d: number, value: number, n: number): void;
  /** `rows` rows of n elements, by row strides; a stride of 0 repeats a row. */
  copy(d: number, dStride: number, a: number, aStride: number, rows: number, n: number): void;
  /** d = scale a + shift. */
  affine(d: number, a: number, scale: number, shift: number, n: number): void;
  /** d += scale a. */
  axpy(d: number, scale: number, a: number, n: number): void;
  /** d = x > 0 ? a : b. */
  select(d: number, x: number, a: number, b: number, n: number): void;
  /** d = hash(key, first + i) < threshold ? 0 : scale, as shaders/random.wgsl has it. */
  mask(d: number, key: number, first: number, threshold: number, scale: number, n: number): void;

  sum(a: number, n: number): number;
  largest(a: number, n: number): number;
  dot(a: number, b: number, n: number): number;
}
