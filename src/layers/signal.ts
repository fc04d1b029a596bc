// What flows between layers while a plan is made, floor 4: rows of numbers in a buffer, and the gradient that
// comes back.

import type { Buffer } from "../plan/plan.js";

/** [T, B, F] in a buffer: row (t, b) begins at `at + t·t_ + b·b_`; the F numbers of a row are contiguous. */
export interface Rows {
  readonly buffer: Buffer;
  readonly at: number;
  readonly T: number;
  readonly B: number;
  readonly F: number;
  /** Strides of t and b, in elements. */
  readonly t: number;
  readonly b: number;
}

/** Rows that lie without gaps, time-major. */
export function timeMajor(buffer: Buffer, T: number, B: number, F: number, at = 0): Rows {
  return { buffer, at, T, B, F, t: B * F, b: F };
}

/** Rows that lie without gaps, batch-first. */
export function batchMajor(buffer: Buffer, T: number, B: number, F: number, at = 0): Rows {
  return { buffer, at, T, B, F, t: F, b: T * F };
}

/** The strides of rows m = t·B + b, as the kernels' parameters name them. */
export function strides<X extends string>(x: X, rows: Rows): Record<`${X}_0` | `${X}_m1` | `${X}_m`, number> {
  return { [`${x}_0`]: rows.at, [`${x}_m1`]: rows.t, [`${x}_m`]: rows.b } as Record<
    `${X}_0` | `${X}_m1` | `${X}_m`,
    number
  >;
}

/** One row of numbers, as each sequence's of one step. */
export function repeated(buffer: Buffer, at: number, B: number, F: number): Rows {
  return { buffer, at, T: 1, B, F, t: 0, b: 0 };
}

/** How many rows m, of how many numbers, and how many of them are of one step. */
export function counts({ T, B, F }: Pick<Rows, "T" | "B" | "F">): { M: number; N: number; r: number } {
  return { M: T * B, N: F, r: B };
}

/** Some of the steps of rows. */
export function stepsOf(rows: Rows, first: number, T: number): Rows {
  return { ...rows, at: rows.at + first * rows.t, T };
}

/** Which of its rows there are: a table as src/kernels/live.ts lays it out, for T steps and B sequences. */
export interface Live {
  readonly table: Buffer;
  readonly T: number;
  readonly B: number;
  /** The same of some of the steps alone. */
  readonly part: (first: number, count: number) => Live;
}

/**
 * A value of the network: its numbers, and once something depends on it in the pass backward, their gradient.
 */
export interface Signal {
  readonly rows: Rows;
  /** Whether its gradient is of use to anybody. */
  readonly wanted: boolean;
  /** Of an input: its name, by which the host feeds it. */
  readonly input?: string;
  /** Where not all rows are there: the others hold anything, and nobody reads them. All are where left out. */
  readonly live?: Live;
  /** Of an embedding: where its table begins among the weights, and the tokens. */
  readonly named?: { readonly table: number; readonly ids: Rows };
  /** Some of another's features: their gradient is part of that one's. */
  readonly within?: { readonly whole: Signal; readonly part: (rows: Rows) => Rows };
  gradient?: Rows;
}

/** The k-th of n equal shares of a value's features, where they lie. */
export function shareOf(x: Signal, k: number, n: number): Signal {
  if (n === 1) return x;
  const F = x.rows.F / n;
  const part = (rows: Rows): Rows => ({ ...rows, at: rows.at + k * F, F });
  const within = { whole: x, part };
  return { rows: part(x.rows), wanted: x.wanted, ...(x.live && { live: x.live }), within };
}
