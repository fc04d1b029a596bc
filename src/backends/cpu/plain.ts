// Ops as plain loops over typed arrays, floor 4: the specification, in float64 the reference of everything,
// in float32 the fallback. Another implementation (SIMD in WebAssembly) must give the same numbers to
// rounding.

import type { Ops } from "../../kernels/ops.js";
import { mix2 } from "../../random.js";
import { PlainProduct } from "./product.js";

export class Plain extends PlainProduct implements Ops {
  readonly integers: Uint32Array;
  readonly words: number;

  /** buffer: the arena. Its length in bytes is a multiple of 8. */
  constructor(buffer: ArrayBuffer, precision: "float32" | "float64") {
    super(precision === "float64" ? new Float64Array(buffer) : new Float32Array(buffer));
    this.integers = new Uint32Array(buffer);
    this.words = precision === "float64" ? 2 : 1;
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
