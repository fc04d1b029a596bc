// How a step's workgroup shares units out, floor 2: how many it owns, and what lies in its memory.

import { type Loop, loopsOf, type Part } from "./step_part.js";

/** Invocations of a workgroup. */
export const threads = 64;

/** Units of a workgroup in which subgroups share them. */
export const unitsOfSubgroups = 8;

/** Units that a workgroup owns. */
export function unitsOf({ parts, split, units = 1, subgroups }: Part): number {
  if (subgroups) return unitsOfSubgroups;
  return split ? threads / parts : threads * units;
}

/** Words of workgroup memory: of each part of each term of each exchange, where invocations share a unit. */
export function sharedWords({ tail, cell, tile, split }: Part): number {
  if (!tail || !split) return 0;
  return loopsOf(tail.exchanges, cell).reduce((n, loop) => n + productsOf(loop).length, 0) * tile * threads;
}

/** The sums of a loop that are products. */
export const productsOf = ({ sums }: Loop) =>
  sums.flatMap(({ matrix, ...sum }) => (matrix ? [{ ...sum, matrix }] : []));
