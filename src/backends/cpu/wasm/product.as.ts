// The product, floor 4, in AssemblyScript. B lies in panels of 8 columns, so that the sums of some rows by 8
// columns stay in registers while k runs. Addresses and strides come in elements and count bytes inside.

import { sums } from "./block.as";
import { fusedSums } from "./block_fused.as";
import { PANEL } from "./pack.as";
import { row } from "./row.as";

/** How far k runs before the next panel: so much of a panel (8 KiB) stays in the first cache. */
const DEPTH: usize = 256;
/** Rows of a tall block. */
const TALL: usize = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
/** Bytes that a number of A takes where it is gathered: without fused multiply-add it lies in all lanes. */
const NUMBER: usize = ASC_FEATURE_RELAXED_SIMD ? 4 : 16;
/** A block of C whose columns are no whole panel. */
const tile: usize = memory.data(6 * 32, 16);
/** What sums start from that start from nothing: as many as a row of products takes at once. */
const ZEROS: usize = memory.data(128, 16);
/** A block's rows of A, where a step in k finds its numbers side by side, and what is written beyond. */
const rowsOfA: usize = memory.data(DEPTH * TALL * NUMBER + 16, 64);

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
  let start = s < 0 ? ZEROS : <usize>s << 2;
  let start_m = s < 0 ? 0 : s_m << 2;
  let start_n: usize = s < 0 ? 0 : 4;
  const panel = K * PANEL;
  // where no numbers of A lie side by side, which is rare, a block has nothing to gain
  const isByRows = ASC_FEATURE_RELAXED_SIMD && a_k != 4 && a_m != 4;
  let k: usize = 0;
  do {
    const depth = min(DEPTH, K - k);
    let from = a;
    let to = c;
    let rows: usize = 0;
    for (let left = M; left > 0; left -= rows) {
      rows = isByRows ? 1 : heightOf(left);
      if (rows == 1) {
        row(from, a_k, panels, panel, to, start, start_n, depth, N);
      } else {
        strip(rows, from, a_m, a_k, panels, panel, to, c_m, start, start_m, start_n, depth, N);
      }
      from += rows * a_m;
      to += rows * c_m;
      start += rows * start_m;
    }
    // the next stretch of k adds to this one
    start = c;
    start_m = c_m;
    start_n = 4;
    a += depth * a_k;
    panels += depth * PANEL;
    k += depth;
  } while (k < K);
}

/** How many rows come next, where so many are left: few are best left over. */
function heightOf(left: usize): usize {
  if (left < 4) {
    return 1;
  }
  return left < TALL || left >> 1 == 4 ? 4 : TALL;
}

/** A block's rows by all columns. */
function strip(
  rows: usize,
  a: usize,
  a_m: usize,
  a_k: usize,
  b: usize,
  panel: usize,
  c: usize,
  c_m: usize,
  s: usize,
  s_m: usize,
  s_n: usize,
  depth: usize,
  N: usize,
): void {
  if (!ASC_FEATURE_RELAXED_SIMD || a_k != 4) {
    gather(rows, a, a_m, a_k, depth);
    a = rowsOfA;
    a_m = 4;
    a_k = rows << 2;
  }
  for (let n: usize = 0; n < N; n += 8) {
    const isWhole = n + 8 <= N;
    const to = isWhole ? c : tile;
    const to_m = isWhole ? c_m : PANEL;
    if (!ASC_FEATURE_RELAXED_SIMD) {
      sums(a, b, to, to_m, s, s_m, depth);
    } else {
      fusedSums(rows, a, a_m, a_k, b, to, to_m, s, s_m, depth);
    }
    if (!isWhole) {
      copyTile(rows, c, c_m, N - n);
    }
    b += panel;
    c += PANEL;
    s += 8 * s_n;
  }
}

/** Rows of A to [depth][rows]. */
function gather(rows: usize, a: usize, a_m: usize, a_k: usize, depth: usize): void {
  const size = rows * NUMBER;
  const end = rowsOfA + depth * size;
  for (let to = rowsOfA; to < end; to += size) {
    if (!ASC_FEATURE_RELAXED_SIMD) {
      v128.store(to, v128.load32_splat(a));
      v128.store(to, v128.load32_splat(a + a_m), 16);
      v128.store(to, v128.load32_splat(a + 2 * a_m), 32);
      v128.store(to, v128.load32_splat(a + 3 * a_m), 48);
    } else {
      // six numbers: where four are wanted, the next ones take the place of two
      v128.store(to, v128.load(a));
      store<u64>(to, load<u64>(a, 16), 16);
    }
    a += a_k;
  }
}

function copyTile(rows: usize, to: usize, to_m: usize, columns: usize): void {
  for (let from = tile; from < tile + rows * PANEL; from += PANEL) {
    memory.copy(to, from, columns << 2);
    to += to_m;
  }
}
