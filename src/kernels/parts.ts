// The one order of summation of everything that a step exchanges, floor 2: K is cut into Q parts, each is summed in
// increasing k from 0 (the first from the bias), then parts are added in order. So a step's own dispatch and a scan
// over all steps give the same bits, whoever of their invocations does what.

import type { CellGraph } from "../cells/cell.js";
import type { Phase } from "../cells/program.js";
import { type Loop, loopsOf } from "./step_part.js";

/** Parts of a sum over the units that no matrix is in. */
export const partsOfSum = 16;

/**
 * Parts of a product: a power of two, so many that `threads` invocations have one each, at most 16, and none shorter
 * than 4.
 */
export function partsOf(rows: number, depth: number, threads: number): number {
  const most = Math.min(threads / rows, depth / 4, 16);
  return most < 2 ? 1 : 2 ** Math.floor(Math.log2(most));
}

/** Sizes of a layer's units, and of its output's. */
export interface Widths {
  readonly H: number;
  readonly P: number;
}

/** Products of a phase: for each exchange and each of its terms, so many rows that are summed over so many k. */
export interface Group {
  readonly exchange: number;
  readonly term: number;
  readonly loop: Loop;
  readonly matrix: NonNullable<Loop["sums"][number]["matrix"]>;
  /** Rows before it, and of it. */
  readonly first: number;
  readonly rows: number;
  readonly depth: number;
}

/** The products of a phase, in the order of their rows. */
export function groupsOf(phase: Phase, cell: CellGraph, { H, P }: Widths): Group[] {
  const groups: Group[] = [];
  let first = 0;
  for (const loop of loopsOf(phase.exchanges, cell)) {
    for (const { exchange, term, matrix } of loop.sums) {
      if (!matrix) continue;
      const rows = cell.isNarrow(phase.exchanges[exchange].value) ? P : H;
      groups.push({ exchange, term, loop, matrix, first, rows, depth: loop.isNarrow ? P : H });
      first += rows;
    }
  }
  return groups;
}

/** Into how many parts a phase's products are cut. */
export function partsOfPhase(phase: Phase, cell: CellGraph, widths: Widths, threads: number): number {
  const groups = groupsOf(phase, cell, widths);
  const rows = groups.reduce((n, group) => n + group.rows, 0);
  if (rows === 0) return 1;
  return partsOf(rows, Math.max(...groups.map((group) => group.depth)), threads);
}
