// Runs of rows that lie by one stride, floor 2: what loops of the CPU go over, so that each call to an operation
// takes as many rows as it can. Rows are counted by two levels, of which the inner one counts r; (t, b), say.

import { isLive, livePlaces } from "./live.js";
import type { Ops } from "./ops.js";

export interface Runs {
  /** Whether a run goes along the outer level. */
  readonly outer: boolean;
  /** Of each run, three numbers: the outer and the inner index of its first row, and how many rows it has. */
  readonly at: readonly number[];
}

/**
 * All M rows: one run where both levels are one stride (`isOne`); else r rows each; or, where that would be many
 * small runs, the rows of one inner index each.
 */
export function allRows(M: number, r: number, isOne: boolean): Runs {
  if (isOne) return { outer: false, at: [0, 0, M] };
  const outer = r * r < M && M % r === 0;
  const at: number[] = [];
  if (outer) for (let inner = 0; inner < r; inner++) at.push(0, inner, M / r);
  else for (let m = 0; m < M; m += r) at.push(m / r, 0, Math.min(r, M - m));
  return { outer, at };
}

/** All K, in runs of at most `most`. */
export function piecesOf(K: number, s: number, isOne: boolean, most: number): Runs {
  const at: number[] = [];
  let length = 0;
  for (let k = 0; k < K; k += length) {
    const inner = k % s;
    length = Math.min(most, K - k, isOne ? K : s - inner);
    at.push((k - inner) / s, inner, length);
  }
  return { outer: false, at };
}

/** The rows (t, b) that a table at address `table` has, sequence by sequence, in runs of at most `most`. */
export function liveRuns(ops: Ops, table: number, T: number, B: number, most: number): Runs {
  const { codes } = livePlaces(T, B);
  const isThere = (t: number, b: number): boolean => t < T && isLive(ops, table, codes, t * B + b);
  const at: number[] = [];
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      let count = 0;
      while (count < most && isThere(t + count, b)) count++;
      if (count === 0) continue;
      at.push(t, b, count);
      t += count - 1;
    }
  }
  return { outer: true, at };
}
