// The product, floor 4, in AssemblyScript. B lies in panels of 8 columns, so that 4 rows by 8 columns of sums
// stay in registers while k runs. Addresses and strides come in elements and count bytes inside.

import { fma } from "./lanes.as";
import { PANEL } from "./pack.as";
import { row } from "./row.as";

/** How far k runs before the next panel: so much of a panel (8 KiB) stays in the first cache. */
const DEPTH: usize = 256;
/** 4 rows of A, so that a step in k finds its numbers side by side; then a tile of C, 4 x 8. */
const rowsOfA: usize = memory.data(4 * 4 * 256, 16);
const tile: usize = memory.data(4 * 32, 16);
/** What sums start from that start from nothing: as many as a row of products takes at once. */
const ZEROS: usize = memory.data(128, 16);

/** C = S + A B for every m < M, n < N; s of -1 stands for zeros. */
export function product(
  M: usize,
  N: usize,
  K: usize,
  a: usize,
  a_m: usize,
  a_k: usize,
  panels: usize,
  c: usize,
  c_m: usize,
  s: i32,
  s_m: usize,
): void {
  a <<= 2;
  a_m <<= 2;
  a_k <<= 2;
  panels <<= 2;
  c <<= 2;
  c_m <<= 2;
  let from = s < 0 ? ZEROS : <usize>s << 2;
  let from_m = s < 0 ? 0 : s_m << 2;
  let from_n: usize = s < 0 ? 0 : 4;
  const blocks = M & ~3;
  const panel = K * PANEL;
  let k: usize = 0;
  do {
    const depth = min(DEPTH, K - k);
    const first = a + k * a_k;
    const b = panels + k * PANEL;
    if (a_k == 4) {
      for (let n: usize = 0; n < N; n += 8) {
        for (let m: usize = 0; m < blocks; m += 4) {
          const to = c + m * c_m + (n << 2);
          const start = from + m * from_m + n * from_n;
          block(first + m * a_m, a_m, 4, b + (n >> 3) * panel, to, c_m, start, from_m, depth, N - n);
        }
      }
    } else {
      for (let m: usize = 0; m < blocks; m += 4) {
        gather(first + m * a_m, a_m, a_k, depth);
        for (let n: usize = 0; n < N; n += 8) {
          const to = c + m * c_m + (n << 2);
          const start = from + m * from_m + n * from_n;
          block(rowsOfA, 4, 16, b + (n >> 3) * panel, to, c_m, start, from_m, depth, N - n);
        }
      }
    }
    for (let m = blocks; m < M; m += 1) {
      row(first + m * a_m, a_k, b, panel, c + m * c_m, from + m * from_m, from_n, depth, N);
    }
    // the next stretch of k adds to this one
    from = c;
    from_m = c_m;
    from_n = 4;
    k += depth;
  } while (k < K);
}

/** 4 rows of A to [depth][4]. */
function gather(a: usize, a_m: usize, a_k: usize, depth: usize): void {
  const end = rowsOfA + (depth << 4);
  for (let to = rowsOfA; to < end; to += 16) {
    if (a_m == 4) {
      v128.store(to, v128.load(a));
    } else {
      store<f32>(to, load<f32>(a));
      store<f32>(to, load<f32>(a + a_m), 4);
      store<f32>(to, load<f32>(a + 2 * a_m), 8);
      store<f32>(to, load<f32>(a + 3 * a_m), 12);
    }
    a += a_k;
  }
}

/** 4 rows by the columns of one panel, or as many as are left. */
function block(
  a: usize,
  a_m: usize,
  a_k: usize,
  b: usize,
  c: usize,
  c_m: usize,
  s: usize,
  s_m: usize,
  depth: usize,
  columns: usize,
): void {
  if (columns < 8) {
    sums(a, a_m, a_k, b, tile, PANEL, s, s_m, depth);
    copyTile(c, c_m, columns);
  } else {
    sums(a, a_m, a_k, b, c, c_m, s, s_m, depth);
  }
}

function copyTile(to: usize, to_m: usize, columns: usize): void {
  for (let from = tile; from < tile + 4 * PANEL; from += PANEL) {
    memory.copy(to, from, columns << 2);
    to += to_m;
  }
}

/** The 32 sums of a block: 8 registers, and 3 for what is multiplied. */
function sums(
  a0: usize,
  a_m: usize,
  a_k: usize,
  b: usize,
  c0: usize,
  c_m: usize,
  s0: usize,
  s_m: usize,
  depth: usize,
): void {
  let a1 = a0 + a_m;
  let a2 = a1 + a_m;
  let a3 = a2 + a_m;
  const s1 = s0 + s_m;
  const s2 = s1 + s_m;
  const s3 = s2 + s_m;
  const c1 = c0 + c_m;
  const c2 = c1 + c_m;
  const c3 = c2 + c_m;
  let s00 = v128.load(s0);
  let s01 = v128.load(s0, 16);
  let s10 = v128.load(s1);
  let s11 = v128.load(s1, 16);
  let s20 = v128.load(s2);
  let s21 = v128.load(s2, 16);
  let s30 = v128.load(s3);
  let s31 = v128.load(s3, 16);
  const end = b + depth * PANEL;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a0);
    s00 = fma(x, b0, s00);
    s01 = fma(x, b1, s01);
    x = v128.load32_splat(a1);
    s10 = fma(x, b0, s10);
    s11 = fma(x, b1, s11);
    x = v128.load32_splat(a2);
    s20 = fma(x, b0, s20);
    s21 = fma(x, b1, s21);
    x = v128.load32_splat(a3);
    s30 = fma(x, b0, s30);
    s31 = fma(x, b1, s31);
    a0 += a_k;
    a1 += a_k;
    a2 += a_k;
    a3 += a_k;
    b += PANEL;
  }
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}
