// The product, floor 4, in AssemblyScript. B lies in panels of 8 columns, [ceil(N / 8)][K][8], the last one
// filled up with zeros, so that 4 rows by 8 columns of sums stay in registers while k runs. Addresses and
// strides come in elements and count bytes inside.

import { fma } from "./lanes.as";

/** Columns of a panel, in bytes. */
const PANEL: usize = 32;
/** How far k runs before the next panel: so much of a panel (8 KiB) stays in the first cache. */
const DEPTH: usize = 256;
/** 4 rows of A, so that a step in k finds its numbers side by side; then a tile of C, 4 x 8. */
const rowsOfA: usize = memory.data(4 * 4 * 256, 16);
const tile: usize = memory.data(4 * 32, 16);
/** Where the memory of others begins. */
export const end: usize = tile + 4 * 32;

/** Lays B [K, N], which goes by strides, out in panels at d. */
export function pack(d: usize, b: usize, b_k: usize, b_n: usize, K: usize, N: usize): void {
  d <<= 2;
  b <<= 2;
  b_k <<= 2;
  b_n <<= 2;
  for (let n: usize = 0; n < N; n += 8) {
    const columns = min(8, N - n);
    let from = b + n * b_n;
    for (let k: usize = 0; k < K; k += 1) {
      if (columns == 8 && b_n == 4) {
        v128.store(d, v128.load(from));
        v128.store(d, v128.load(from, 16), 16);
      } else {
        memory.fill(d, 0, PANEL);
        for (let j: usize = 0; j < columns; j += 1) {
          store<f32>(d + (j << 2), load<f32>(from + j * b_n));
        }
      }
      from += b_k;
      d += PANEL;
    }
  }
}

/** C += A B for every m < M, n < N. */
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
): void {
  a <<= 2;
  a_m <<= 2;
  a_k <<= 2;
  panels <<= 2;
  c <<= 2;
  c_m <<= 2;
  const blocks = M & ~3;
  const panel = K * PANEL;
  for (let k: usize = 0; k < K; k += DEPTH) {
    const depth = min(DEPTH, K - k);
    const first = a + k * a_k;
    const b = panels + k * PANEL;
    if (a_k == 4) {
      for (let n: usize = 0; n < N; n += 8) {
        for (let m: usize = 0; m < blocks; m += 4) {
          block(first + m * a_m, a_m, 4, b + (n >> 3) * panel, c + m * c_m + (n << 2), c_m, depth, N - n);
        }
      }
    } else {
      for (let m: usize = 0; m < blocks; m += 4) {
        gather(first + m * a_m, a_m, a_k, depth);
        for (let n: usize = 0; n < N; n += 8) {
          block(rowsOfA, 4, 16, b + (n >> 3) * panel, c + m * c_m + (n << 2), c_m, depth, N - n);
        }
      }
    }
    for (let m = blocks; m < M; m += 1) {
      row(first + m * a_m, a_k, b, panel, c + m * c_m, depth, N);
    }
  }
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
  depth: usize,
  columns: usize,
): void {
  if (columns < 8) {
    copyTile(tile, PANEL, c, c_m, columns);
    sums(a, a_m, a_k, b, tile, PANEL, depth);
    copyTile(c, c_m, tile, PANEL, columns);
  } else {
    sums(a, a_m, a_k, b, c, c_m, depth);
  }
}

function copyTile(to: usize, to_m: usize, from: usize, from_m: usize, columns: usize): void {
  for (let m = 0; m < 4; m += 1) {
    memory.copy(to, from, columns << 2);
    to += to_m;
    from += from_m;
  }
}

/** The 32 sums of a block: 8 registers, and 3 for what is multiplied. */
function sums(a0: usize, a_m: usize, a_k: usize, b: usize, c0: usize, c_m: usize, depth: usize): void {
  let a1 = a0 + a_m;
  let a2 = a1 + a_m;
  let a3 = a2 + a_m;
  const c1 = c0 + c_m;
  const c2 = c1 + c_m;
  const c3 = c2 + c_m;
  let s00 = v128.load(c0);
  let s01 = v128.load(c0, 16);
  let s10 = v128.load(c1);
  let s11 = v128.load(c1, 16);
  let s20 = v128.load(c2);
  let s21 = v128.load(c2, 16);
  let s30 = v128.load(c3);
  let s31 = v128.load(c3, 16);
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

/** One row by all columns, 4 panels at a time: 8 sums, which hide how long an addition takes. */
function row(a: usize, a_k: usize, b: usize, panel: usize, c: usize, depth: usize, N: usize): void {
  const length = depth * PANEL;
  let n = N;
  for (; n >= 32; n -= 32) {
    let a0 = a;
    let b0 = b;
    let b1 = b0 + panel;
    let b2 = b1 + panel;
    let b3 = b2 + panel;
    b = b3 + panel;
    let s0 = v128.load(c);
    let s1 = v128.load(c, 16);
    let s2 = v128.load(c, 32);
    let s3 = v128.load(c, 48);
    let s4 = v128.load(c, 64);
    let s5 = v128.load(c, 80);
    let s6 = v128.load(c, 96);
    let s7 = v128.load(c, 112);
    const end = b0 + length;
    while (b0 < end) {
      const x = v128.load32_splat(a0);
      s0 = fma(x, v128.load(b0), s0);
      s1 = fma(x, v128.load(b0, 16), s1);
      s2 = fma(x, v128.load(b1), s2);
      s3 = fma(x, v128.load(b1, 16), s3);
      s4 = fma(x, v128.load(b2), s4);
      s5 = fma(x, v128.load(b2, 16), s5);
      s6 = fma(x, v128.load(b3), s6);
      s7 = fma(x, v128.load(b3, 16), s7);
      a0 += a_k;
      b0 += PANEL;
      b1 += PANEL;
      b2 += PANEL;
      b3 += PANEL;
    }
    v128.store(c, s0);
    v128.store(c, s1, 16);
    v128.store(c, s2, 32);
    v128.store(c, s3, 48);
    v128.store(c, s4, 64);
    v128.store(c, s5, 80);
    v128.store(c, s6, 96);
    v128.store(c, s7, 112);
    c += 128;
  }
  for (; n > 0; n -= 8) {
    const columns = min(8, n);
    memory.copy(tile, c, columns << 2);
    let s0 = v128.load(tile);
    let s1 = v128.load(tile, 16);
    let a0 = a;
    for (let k: usize = 0; k < length; k += PANEL) {
      const x = v128.load32_splat(a0);
      s0 = fma(x, v128.load(b + k), s0);
      s1 = fma(x, v128.load(b + k, 16), s1);
      a0 += a_k;
    }
    v128.store(tile, s0);
    v128.store(tile, s1, 16);
    memory.copy(c, tile, columns << 2);
    if (n <= 8) {
      return;
    }
    b += panel;
    c += 32;
  }
}
