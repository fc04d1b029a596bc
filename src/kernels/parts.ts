// The one order of summation of everything that a step exchanges, floor 2: K is cut into Q parts, each is summed in
// increasing k from 0 (the first from the bias), then parts are added in order. So a step's own dispatch and a scan
// over all steps give the same bits, whoever of their invocations does what.

import type { CellGraph } from "../cells/cell.js";
import { keyOf, type Place } from "../cells/expr.js";
import type { Phase, Program } from "../cells/program.js";
import { type Loop, loopsOf, type Widths } from "./step_part.js";

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
export function groupsOf(phase: Phase, cell: CellGraph, widths: Widths): Group[] {
  const groups: Group[] = [];
  let first = 0;
  for (const loop of loopsOf(phase.exchanges, cell)) {
    for (const { exchange, term, matrix } of loop.sums) {
      if (!matrix) continue;
      const rows = cell.isNarrow(phase.exchanges[exchange].value) ? widths.P : widths.H;
      groups.push({ exchange, term, loop, matrix, first, rows, depth: widths[loop.depth] });
      first += rows;
    }
  }
  return groups;
}

/** What an exchange of a step, with all its products and sums, comes to for one sequence and direction. */
export interface Exchanged {
  /** Rows of its products, each summed over at most `depth` numbers; a row of each term of a sum. */
  readonly rows: number;
  readonly depth: number;
  /** Weights of all of them. */
  readonly words: number;
  /** Numbers that they are fed with, each counted once. */
  readonly fed: number;
  /** Sums over the units that no weights are in. */
  readonly sums: number;
}

/** Of the phases of a step that come after an exchange. */
export function exchangedOf({ phases: [, ...rest] }: Program, cell: CellGraph, widths: Widths): Exchanged[] {
  return rest.map((phase) => exchangedIn(phase, cell, widths));
}

export function exchangedIn(phase: Phase, cell: CellGraph, widths: Widths): Exchanged {
  const groups = groupsOf(phase, cell, widths);
  const total = (of: (group: Group) => number): number => groups.reduce((n, group) => n + of(group), 0);
  return {
    rows: total(({ rows }) => rows),
    depth: Math.max(0, ...groups.map(({ depth }) => depth)),
    words: total(({ rows, depth }) => rows * depth),
    fed: fedWith(phase, cell).length * widths.H,
    sums: phase.exchanges.filter(({ product }) => !product).length,
  };
}

/** What the exchanges of a phase are fed with, each once. */
export function fedWith(phase: Phase, cell: CellGraph): Place[] {
  return [...new Map(loopsOf(phase.exchanges, cell).map(({ fed }) => [keyOf(fed), fed])).values()];
}
