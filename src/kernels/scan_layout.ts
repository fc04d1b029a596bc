// How a scan's workgroup shares a tile of sequences out, floor 2: which rows of the products and which units an
// invocation owns, what lies in workgroup memory, and what in registers.

import type { CellGraph } from "../cells/cell.js";
import type { Place } from "../cells/expr.js";
import type { Phase, Program } from "../cells/program.js";
import { exchangedIn, fedWith, type Group, groupsOf, partsOf, partsOfSum } from "./parts.js";
import type { Widths } from "./step_part.js";

/** Invocations of a workgroup. */
export const scanThreads = 256;

/** Whether products are not shared out, there being more parts than invocations: who owns a unit has all of its own. */
export function ownsProducts(threads: number): boolean {
  return threads > scanThreads;
}

/** The exchanges of one phase. */
export interface ScanPhase {
  readonly phase: Phase;
  readonly groups: readonly Group[];
  /** Rows of all products that are shared out; into how many parts each is cut, of so many k at most. */
  readonly rows: number;
  readonly parts: number;
  readonly length: number;
  /** Rows and parts that an invocation owns. */
  readonly items: number;
  /** ownsProducts */
  readonly own: boolean;
  /** What exchanges are fed with, each [TILE, H] in workgroup memory. */
  readonly fed: readonly Place[];
  /** Exchanges that are sums without a matrix, by their number. */
  readonly sums: readonly number[];
  /** Words of what the products' and the sums' parts give, for one sequence. */
  readonly partial: number;
}

export interface ScanLayout {
  /** Those after an exchange. */
  readonly phases: readonly ScanPhase[];
  /** Words of workgroup memory for one sequence: of what exchanges are fed with, and of what they give. */
  readonly fed: number;
  readonly partial: number;
}

export function scanLayout(
  cell: CellGraph,
  { phases: [, ...rest] }: Program,
  widths: Widths,
  threads: number,
): ScanLayout {
  const phases = rest.map((phase): ScanPhase => {
    const groups = groupsOf(phase, cell, widths);
    const { rows: all, depth } = exchangedIn(phase, cell, widths);
    const parts = partsOf(all, depth, threads);
    const own = ownsProducts(threads);
    const rows = own ? 0 : all;
    const length = Math.ceil(depth / parts);
    const fed = fedWith(phase, cell);
    const sums = phase.exchanges.flatMap(({ product }, e) => (product ? [] : [e]));
    const partial = rows * parts + sums.length * partsOfSum;
    const items = Math.ceil((rows * parts) / scanThreads);
    return { phase, groups, rows, parts, length, items, own, fed, sums, partial };
  });
  return {
    phases,
    fed: Math.max(0, ...phases.map(({ fed }) => fed.length)) * widths.H,
    partial: Math.max(1, ...phases.map(({ partial }) => partial)),
  };
}

/** Bytes of workgroup memory of a tile of so many sequences. */
export function scanBytes({ fed, partial }: ScanLayout, tile: number): number {
  return 4 * tile * (fed + partial);
}
