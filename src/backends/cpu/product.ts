// The product of the CPU backend as plain loops, floor 4: where most of its time goes.

/** What works on an arena of floats. */
export class PlainProduct {
  readonly floats: Float32Array | Float64Array;

  constructor(floats: Float32Array | Float64Array) {
    this.floats = floats;
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
}
