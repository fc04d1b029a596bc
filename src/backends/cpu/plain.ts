// Ops as plain loops over typed arrays, floor 4: the specification, in float64 the reference of everything,
// in float32 what runs where WebAssembly does not. SIMD must give the same numbers to rounding.

import { type Ops, panelWidth } from "../../kernels/ops.js";
import { mix2 } from "../../random.js";
import type { Ground } from "./memory.js";
import { type Floats, rowByRow } from "./plain_rows.js";

/** Read once: where modules are served unbundled, an import is looked up at each use, in inner loops too. */
const width = panelWidth;

/**
 * Up to so many bytes the buffer doubles, so that many small plans do not copy each time; then it takes what
 * it needs.
 */
const doubling = 1 << 24;

/** An arena of plain loops lies in an ArrayBuffer, which is copied as it grows. */
export function plainGround(precision: "float32" | "float64"): Ground {
  let buffer = new ArrayBuffer(0);
  return {
    reserved: 0,
    grow(bytes) {
      const whole = Math.ceil(bytes / 8) * 8;
      const grown = new ArrayBuffer(
        Math.max(whole, buffer.byteLength + Math.min(buffer.byteLength, doubling)),
      );
      new Uint8Array(grown).set(new Uint8Array(buffer));
      buffer = grown;
      return plainOps(buffer, precision);
    },
  };
}

/** buffer: the arena. Its length in bytes is a multiple of 8. */
export function plainOps(buffer: ArrayBuffer, precision: "float32" | "float64"): Ops {
  const f = precision === "float64" ? new Float64Array(buffer) : new Float32Array(buffer);
  return {
    ...rowByRow(f),
    floats: f,
    integers: new Uint32Array(buffer),
    words: precision === "float64" ? 2 : 1,

    pack(d, b, b_k, b_n, K, N) {
      for (let first = 0; first < N; first += width) {
        const panel = d + first * K;
        for (let k = 0; k < K; k += 1) {
          for (let j = 0; j < width; j += 1) {
            const n = first + j;
            f[panel + k * width + j] = n < N ? f[b + k * b_k + n * b_n] : 0;
          }
        }
      }
    },

    product(M, N, K, a, a_m, a_k, panels, c, c_m, s, s_m) {
      for (let n = 0; n < N; n += width) {
        const columns = Math.min(width, N - n);
        for (let m = 0; m < M; m += 1) {
          const to = c + m * c_m + n;
          if (s < 0) f.fill(0, to, to + columns);
          else if (s !== c) f.copyWithin(to, s + m * s_m + n, s + m * s_m + n + columns);
          rowByPanel(f, K, columns, a + m * a_m, a_k, panels + n * K, to);
        }
      }
    },

    fill(d, value, n, rows = 1, dRow = 0) {
      for (let row = 0; row < rows; row += 1) f.fill(value, d + row * dRow, d + row * dRow + n);
    },
    affine(d, a, scale, shift, n) {
      for (let i = 0; i < n; i += 1) f[d + i] = scale * f[a + i] + shift;
    },
    axpy(d, scale, a, n) {
      for (let i = 0; i < n; i += 1) f[d + i] += scale * f[a + i];
    },
    select(d, x, a, b, n, rows = 1, dRow = 0, xRow = 0, aRow = 0, bRow = 0) {
      for (let row = 0; row < rows; row += 1) {
        for (let i = 0; i < n; i += 1) {
          const from = f[x + row * xRow + i] > 0 ? a + row * aRow : b + row * bRow;
          f[d + row * dRow + i] = f[from + i];
        }
      }
    },
    mask(d, key, first, threshold, scale, n) {
      for (let i = 0; i < n; i += 1) f[d + i] = mix2(key, first + i) < threshold ? 0 : scale;
    },
    largest(d, a, n) {
      let largest = -Infinity;
      for (let i = 0; i < n; i += 1) largest = Math.max(largest, f[a + i]);
      f[d] = largest;
    },
    dot(d, a, b, n) {
      let sum = 0;
      for (let i = 0; i < n; i += 1) sum += f[a + i] * f[b + i];
      f[d] = sum;
    },
  };
}

/** c[j] += the sum over k of a[k] panel[k][j]: 8 sums, which stay in registers while k runs, in float64. */
function rowByPanel(
  f: Floats,
  K: number,
  columns: number,
  a: number,
  a_k: number,
  panel: number,
  c: number,
): void {
  let s0 = f[c];
  let s1 = f[c + 1];
  let s2 = f[c + 2];
  let s3 = f[c + 3];
  let s4 = f[c + 4];
  let s5 = f[c + 5];
  let s6 = f[c + 6];
  let s7 = f[c + 7];
  let at = panel;
  let from = a;
  for (let k = 0; k < K; k += 1) {
    const x = f[from];
    s0 += x * f[at];
    s1 += x * f[at + 1];
    s2 += x * f[at + 2];
    s3 += x * f[at + 3];
    s4 += x * f[at + 4];
    s5 += x * f[at + 5];
    s6 += x * f[at + 6];
    s7 += x * f[at + 7];
    at += width;
    from += a_k;
  }
  f[c] = s0;
  if (columns > 1) f[c + 1] = s1;
  if (columns > 2) f[c + 2] = s2;
  if (columns > 3) f[c + 3] = s3;
  if (columns > 4) f[c + 4] = s4;
  if (columns > 5) f[c + 5] = s5;
  if (columns > 6) f[c + 6] = s6;
  if (columns > 7) f[c + 7] = s7;
}
