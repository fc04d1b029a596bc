// One row by a matrix, floor 4, in AssemblyScript: what a step of one sequence multiplies.

import { fma } from "./lanes.as";
import { PANEL } from "./pack.as";

/** Up to 8 columns of C. */
const tile: usize = memory.data(32, 16);

/** One row by all columns, 4 panels at a time: 8 sums, which hide how long an addition takes. */
export function row(
  a: usize,
  a_k: usize,
  b: usize,
  panel: usize,
  c: usize,
  s: usize,
  s_n: usize,
  depth: usize,
  N: usize,
): void {
  const length = depth * PANEL;
  let n = N;
  for (; n >= 32; n -= 32) {
    let a0 = a;
    let b0 = b;
    let b1 = b0 + panel;
    let b2 = b1 + panel;
    let b3 = b2 + panel;
    b = b3 + panel;
    let s0 = v128.load(s);
    let s1 = v128.load(s, 16);
    let s2 = v128.load(s, 32);
    let s3 = v128.load(s, 48);
    let s4 = v128.load(s, 64);
    let s5 = v128.load(s, 80);
    let s6 = v128.load(s, 96);
    let s7 = v128.load(s, 112);
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
    s += 32 * s_n;
  }
  for (; n > 0; n -= 8) {
    const columns = min(8, n);
    let s0 = v128.load(s);
    let s1 = v128.load(s, 16);
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
    s += 8 * s_n;
  }
}
