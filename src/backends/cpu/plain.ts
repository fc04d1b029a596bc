// Ops as plain loops over typed arrays, floor 4: the specification, in float64 the reference of everything,
// in float32 the fallback. Another implementation (SIMD in WebAssembly) must give the same numbers to
// rounding.

import type { Ops } from "../../kernels/ops.js";
import { mix2 } from "../../random.js";

export class Plain implements Ops {
  readonly floats: Float32Array | Float64Array;
  readonly integers: Uint32Array;
  readonly words: number;

  /** buffer: the arena. Its length in bytes is a multiple of 8. */
  constructor(buffer: ArrayBuffer, precision: "float32" | "float64") {
    this.floats = precision === "float64" ? new Float64Array(buffer) : new Float32Array(buffer);
    this.integers = new Uint32Array(buffer);
    this.words = precision === "float64" ? 2 : 1;
  }

  // Blocks of 4 x 4 sums, which stay in registers while k runs, in float64; then the rows and columns left
  // over.
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
  ): void {
    const wholeM = M - (M % 4);
    const wholeN = N - (N % 4);
    for (let m = 0; m < wholeM; m += 4) {
      for (let n = 0; n < wholeN; n += 4) {
        this.#block(K, a + m * a_m, a_m, a_k, b + n * b_n, b_k, b_n, c + m * c_m + n, c_m);
      }
    }
    for (let m = wholeM; m < M; m += 1) {
      for (let n = 0; n < wholeN; n += 4) {
        this.#line(K, a + m * a_m, a_k, b + n * b_n, b_k, b_n, c + m * c_m + n, 1);
      }
    }
    for (let n = wholeN; n < N; n += 1) {
      for (let m = 0; m < wholeM; m += 4) {
        this.#line(K, b + n * b_n, b_k, a + m * a_m, a_k, a_m, c + m * c_m + n, c_m);
      }
      for (let m = wholeM; m < M; m += 1) {
        this.#single(K, a + m * a_m, a_k, b + n * b_n, b_k, c + m * c_m + n);
      }
    }
  }

  /** 4 rows, 4 columns. */
  #block(
    K: number,
    a: number,
    a_m: number,
    a_k: number,
    b: number,
    b_k: number,
    b_n: number,
    c: number,
    c_m: number,
  ): void {
    const f = this.floats;
    const c1 = c + c_m;
    const c2 = c1 + c_m;
    const c3 = c2 + c_m;
    let s00 = f[c];
    let s01 = f[c + 1];
    let s02 = f[c + 2];
    let s03 = f[c + 3];
    let s10 = f[c1];
    let s11 = f[c1 + 1];
    let s12 = f[c1 + 2];
    let s13 = f[c1 + 3];
    let s20 = f[c2];
    let s21 = f[c2 + 1];
    let s22 = f[c2 + 2];
    let s23 = f[c2 + 3];
    let s30 = f[c3];
    let s31 = f[c3 + 1];
    let s32 = f[c3 + 2];
    let s33 = f[c3 + 3];
    let p = a;
    let q = b;
    for (let k = 0; k < K; k += 1) {
      const a0 = f[p];
      const a1 = f[p + a_m];
      const a2 = f[p + 2 * a_m];
      const a3 = f[p + 3 * a_m];
      const b0 = f[q];
      const b1 = f[q + b_n];
      const b2 = f[q + 2 * b_n];
      const b3 = f[q + 3 * b_n];
      s00 += a0 * b0;
      s01 += a0 * b1;
      s02 += a0 * b2;
      s03 += a0 * b3;
      s10 += a1 * b0;
      s11 += a1 * b1;
      s12 += a1 * b2;
      s13 += a1 * b3;
      s20 += a2 * b0;
      s21 += a2 * b1;
      s22 += a2 * b2;
      s23 += a2 * b3;
      s30 += a3 * b0;
      s31 += a3 * b1;
      s32 += a3 * b2;
      s33 += a3 * b3;
      p += a_k;
      q += b_k;
    }
    f[c] = s00;
    f[c + 1] = s01;
    f[c + 2] = s02;
    f[c + 3] = s03;
    f[c1] = s10;
    f[c1 + 1] = s11;
    f[c1 + 2] = s12;
    f[c1 + 3] = s13;
    f[c2] = s20;
    f[c2 + 1] = s21;
    f[c2 + 2] = s22;
    f[c2 + 3] = s23;
    f[c3] = s30;
    f[c3 + 1] = s31;
    f[c3 + 2] = s32;
    f[c3 + 3] = s33;
  }

  /**
   * 4 sums: a row by 4 columns, or 4 rows by a column. x is what they share, y lies in steps of y_i, c of
   * c_i.
   */
  #line(
    K: number,
    x: number,
    x_k: number,
    y: number,
    y_k: number,
    y_i: number,
    c: number,
    c_i: number,
  ): void {
    const f = this.floats;
    let s0 = f[c];
    let s1 = f[c + c_i];
    let s2 = f[c + 2 * c_i];
    let s3 = f[c + 3 * c_i];
    let p = x;
    let q = y;
    for (let k = 0; k < K; k += 1) {
      const shared = f[p];
      s0 += shared * f[q];
      s1 += shared * f[q + y_i];
      s2 += shared * f[q + 2 * y_i];
      s3 += shared * f[q + 3 * y_i];
      p += x_k;
      q += y_k;
    }
    f[c] = s0;
    f[c + c_i] = s1;
    f[c + 2 * c_i] = s2;
    f[c + 3 * c_i] = s3;
  }

  #single(K: number, a: number, a_k: number, b: number, b_k: number, c: number): void {
    const f = this.floats;
    let s = f[c];
    let p = a;
    let q = b;
    for (let k = 0; k < K; k += 1) {
      s += f[p] * f[q];
      p += a_k;
      q += b_k;
    }
    f[c] = s;
  }

  fill(d: number, value: number, n: number): void {
    this.floats.fill(value, d, d + n);
  }

  copy(d: number, dStride: number, a: number, aStride: number, rows: number, n: number): void {
    const f = this.floats;
    if (rows === 1 || (dStride === n && aStride === n)) {
      f.copyWithin(d, a, a + rows * n);
      return;
    }
    for (let row = 0; row < rows; row += 1) {
      const to = d + row * dStride;
      const from = a + row * aStride;
      for (let i = 0; i < n; i += 1) {
        f[to + i] = f[from + i];
      }
    }
  }

  affine(d: number, a: number, scale: number, shift: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = scale * f[a + i] + shift;
    }
  }

  axpy(d: number, scale: number, a: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] += scale * f[a + i];
    }
  }

  select(d: number, x: number, a: number, b: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = f[x + i] > 0 ? f[a + i] : f[b + i];
    }
  }

  mask(d: number, key: number, first: number, threshold: number, scale: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = mix2(key, first + i) < threshold ? 0 : scale;
    }
  }

  add(d: number, a: number, b: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = f[a + i] + f[b + i];
    }
  }

  sub(d: number, a: number, b: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = f[a + i] - f[b + i];
    }
  }

  mul(d: number, a: number, b: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = f[a + i] * f[b + i];
    }
  }

  div(d: number, a: number, b: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = f[a + i] / f[b + i];
    }
  }

  min(d: number, a: number, b: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = Math.min(f[a + i], f[b + i]);
    }
  }

  max(d: number, a: number, b: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = Math.max(f[a + i], f[b + i]);
    }
  }

  neg(d: number, a: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = -f[a + i];
    }
  }

  sigmoid(d: number, a: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      const x = f[a + i];
      // exp only of what is not positive: no overflow, and exact relative to the result where that is tiny
      const e = Math.exp(-Math.abs(x));
      f[d + i] = (x < 0 ? e : 1) / (1 + e);
    }
  }

  tanh(d: number, a: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = Math.tanh(f[a + i]);
    }
  }

  relu(d: number, a: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      const x = f[a + i];
      f[d + i] = x < 0 ? 0 : x; // NaN stays NaN
    }
  }

  exp(d: number, a: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = Math.exp(f[a + i]);
    }
  }

  log(d: number, a: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = Math.log(f[a + i]);
    }
  }

  sqrt(d: number, a: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = Math.sqrt(f[a + i]);
    }
  }

  abs(d: number, a: number, n: number): void {
    const f = this.floats;
    for (let i = 0; i < n; i += 1) {
      f[d + i] = Math.abs(f[a + i]);
    }
  }

  sum(a: number, n: number): number {
    const f = this.floats;
    let sum = 0;
    for (let i = 0; i < n; i += 1) {
      sum += f[a + i];
    }
    return sum;
  }

  largest(a: number, n: number): number {
    const f = this.floats;
    let largest = -Infinity;
    for (let i = 0; i < n; i += 1) {
      largest = Math.max(largest, f[a + i]);
    }
    return largest;
  }

  dot(a: number, b: number, n: number): number {
    const f = this.floats;
    let sum = 0;
    for (let i = 0; i < n; i += 1) {
      sum += f[a + i] * f[b + i];
    }
    return sum;
  }
}
