// The sums of a block of C without fused multiply-add, floor 4, in AssemblyScript: 4 rows by 8 columns.
// Multiply and add are two instructions each, and how many a core takes in at a time is what bounds them. So
// there are few others: one pointer to numbers of A that lie in all lanes, and three steps in k before the
// loop goes on.

import { fma } from "./lanes.as";
import { PANEL } from "./pack.as";

/** A lies as [depth][4], each number four times. */
// @ts-ignore: decorator
@inline
export function sums(a: usize, b: usize, c: usize, c_m: usize, s: usize, s_m: usize, depth: usize): void {
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
  const end = b + depth * PANEL;
  // leaving in the middle also keeps engines from mixing the steps, for which registers would not do
  const afterOne = end - PANEL;
  const afterTwo = afterOne - PANEL;
  while (b < end) {
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = v128.load(a);
    s00 = fma(x, b0, s00);
    s01 = fma(x, b1, s01);
    x = v128.load(a, 16);
    s10 = fma(x, b0, s10);
    s11 = fma(x, b1, s11);
    x = v128.load(a, 32);
    s20 = fma(x, b0, s20);
    s21 = fma(x, b1, s21);
    x = v128.load(a, 48);
    s30 = fma(x, b0, s30);
    s31 = fma(x, b1, s31);
    if (b >= afterOne) {
      break;
    }
    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = v128.load(a, 64);
    s00 = fma(x, b0, s00);
    s01 = fma(x, b1, s01);
    x = v128.load(a, 80);
    s10 = fma(x, b0, s10);
    s11 = fma(x, b1, s11);
    x = v128.load(a, 96);
    s20 = fma(x, b0, s20);
    s21 = fma(x, b1, s21);
    x = v128.load(a, 112);
    s30 = fma(x, b0, s30);
    s31 = fma(x, b1, s31);
    if (b >= afterTwo) {
      break;
    }
    b0 = v128.load(b, 64);
    b1 = v128.load(b, 80);
    x = v128.load(a, 128);
    s00 = fma(x, b0, s00);
    s01 = fma(x, b1, s01);
    x = v128.load(a, 144);
    s10 = fma(x, b0, s10);
    s11 = fma(x, b1, s11);
    x = v128.load(a, 160);
    s20 = fma(x, b0, s20);
    s21 = fma(x, b1, s21);
    x = v128.load(a, 176);
    s30 = fma(x, b0, s30);
    s31 = fma(x, b1, s31);
    a += 192;
    b += 3 * PANEL;
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
}
