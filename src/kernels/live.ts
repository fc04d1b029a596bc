// Which steps of which sequences there are, floor 2: a table of integers that the host makes of lengths or of
// a mask before each run. Products take their rows from it, so that they run over the steps that there are,
// and a step of a recurrent layer asks it what to do with a sequence.

import type { Ops } from "./ops.js";

/** What a step does with a sequence, by time and sequence. */
export const codes = {
  /** Past its end: nothing. */
  absent: 0,
  /** A step as any other. */
  live: 1,
  /** Masked: the state stays, and the output says it again. */
  repeated: 2,
  /** Masked: the state stays, and nobody reads the output. */
  held: 3,
} as const;

/** What a kernel that asks shaders/live.wgsl is told as `codes` where all rows are there. */
export const everything = 0xffffffff;

/** Whether a row is there, m = t B + b: as shaders/live.wgsl says it. table: an address. */
export function isLive(ops: Ops, table: number, first: number, m: number): boolean {
  return first === everything || ops.integers[table * ops.words + first + m] === codes.live;
}

/** Where the parts of a table for T steps and B sequences begin. */
export interface LivePlaces {
  /** How many rows there are; then which, as m = t B + b, in increasing order. */
  readonly count: 0;
  readonly rows: 1;
  /** Steps of each sequence, [B]: up to its end, masked ones included. */
  readonly lengths: number;
  /** The sequences, longest first, [B]: those that share a tile end together. */
  readonly order: number;
  /** What each step does, [T, B]. */
  readonly codes: number;
  readonly size: number;
}

export function livePlaces(T: number, B: number): LivePlaces {
  const lengths = 1 + T * B;
  return {
    count: 0,
    rows: 1,
    lengths,
    order: lengths + B,
    codes: lengths + 2 * B,
    size: 1 + 2 * (T * B + B),
  };
}

/** The table of sequences of these lengths, each at most T. */
export function tableOfLengths(lengths: ArrayLike<number>, T: number): Uint32Array<ArrayBuffer> {
  const B = lengths.length;
  return table(T, B, lengths, (t, b) => (t < lengths[b] ? codes.live : codes.absent));
}

/** The table of a mask, by time and sequence: what is 0 is masked. `repeat`: whether outputs are said again. */
export function tableOfMask(
  isLive: (t: number, b: number) => boolean,
  T: number,
  B: number,
  repeat: boolean,
): Uint32Array<ArrayBuffer> {
  const masked = repeat ? codes.repeated : codes.held;
  return table(T, B, new Uint32Array(B).fill(T), (t, b) => (isLive(t, b) ? codes.live : masked));
}

function table(
  T: number,
  B: number,
  lengths: ArrayLike<number>,
  codeOf: (t: number, b: number) => number,
): Uint32Array<ArrayBuffer> {
  const at = livePlaces(T, B);
  const made = new Uint32Array(at.size);
  let count = 0;
  for (let t = 0; t < T; t += 1) {
    for (let b = 0; b < B; b += 1) {
      const m = t * B + b;
      const code = codeOf(t, b);
      made[at.codes + m] = code;
      if (code === codes.live) {
        made[at.rows + count] = m;
        count += 1;
      }
    }
  }
  made[at.count] = count;
  const order = Uint32Array.from({ length: B }, (_, b) => b).sort((a, b) => lengths[b] - lengths[a] || a - b);
  made.set(order, at.order);
  for (let b = 0; b < B; b += 1) made[at.lengths + b] = lengths[b];
  return made;
}
