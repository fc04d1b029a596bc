// The sums of a block of C with fused multiply-add, floor 4, in AssemblyScript: 6 rows by 8 columns, or 4 by
// 8. The next operation on a sum waits for the one before, four cycles or so, and a core begins two a cycle:
// 8 sums just keep it busy, 12 do so with some to spare, and have registers together with three for what is
// multiplied.

import { fma } from "./lanes.as";
import { PANEL } from "./pack.as";

/** A goes by strides. rows: 4 or 6. */
export function fusedSums(
  rows: usize,
  a0: usize,
  a_m: usize,
  a_k: usize,
  b: usize,
  c: usize,
  c_m: usize,
  s: usize,
  s_m: usize,
  depth: usize,
): void {
  let a1 = a0 + a_m;
  let a2 = a1 + a_m;
  let a3 = a2 + a_m;
  let a4 = a3 + a_m;
  let a5 = a4 + a_m;
  let s00 = v128.load(s);
  let s01 = v128.load(s, 16);
  s += s_m;
  let s10 = v128.load(s);
  let s11 = v128.load(s, 16);
  s += s_m;
  let s20 = v128.load(s);
  let s21 = v128.load(s, 16);
  s += s_m;
  let s30 = v128.load(s);
  let s31 = v128.load(s, 16);
  let s40 = s30;
  let s41 = s31;
  let s50 = s30;
  let s51 = s31;
  if (rows > 4) {
    s += s_m;
    s40 = v128.load(s);
    s41 = v128.load(s, 16);
    s += s_m;
    s50 = v128.load(s);
    s51 = v128.load(s, 16);
  }
  const end = b + depth * PANEL;
  if (rows > 4) {
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
      x = v128.load32_splat(a4);
      s40 = fma(x, b0, s40);
      s41 = fma(x, b1, s41);
      x = v128.load32_splat(a5);
      s50 = fma(x, b0, s50);
      s51 = fma(x, b1, s51);
      a4 += a_k;
      a5 += a_k;
      a0 += a_k;
      a1 += a_k;
      a2 += a_k;
      a3 += a_k;
      b += PANEL;
    }
  } else {
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
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  c += c_m;
  v128.store(c, s10);
  v128.store(c, s11, 16);
  c += c_m;
  v128.store(c, s20);
  v128.store(c, s21, 16);
  c += c_m;
  v128.store(c, s30);
  v128.store(c, s31, 16);
  if (rows > 4) {
    c += c_m;
    v128.store(c, s40);
    v128.store(c, s41, 16);
    c += c_m;
    v128.store(c, s50);
    v128.store(c, s51, 16);
  }
}
