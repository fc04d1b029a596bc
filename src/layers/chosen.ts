// How a recurrent layer's pass is run, floor 4: its sizes, as its program tells them, and what is chosen for them, noted
// in the plan for people and for checkpoints.

import type { Program } from "../cells/program.js";
import { loopsOf } from "../kernels/step_part.js";
import { type Choice, choose, type Exchanged, type Pass } from "../plan/choice.js";
import type { Emitter } from "./emitter.js";
import type { Stacked } from "./stacked.js";

/** The choice for one layer's pass over so many steps of so many sequences. */
export function chosen(
  e: Emitter,
  layer: Stacked,
  program: Program,
  pass: "forward" | "backward",
  rows: { readonly T: number; readonly B: number },
): Choice {
  const { plan, purpose } = e;
  const what = `${layer.name.slice(0, -1)} layer ${layer.layer} ${pass}`;
  // what runs forward once more, to compute what was not kept, runs as it did
  const choice = plan.chosen.get(what) ?? choose(passOf(layer, program, rows), purpose);
  plan.chosen.set(what, choice);
  return choice;
}

/** The sizes of a pass that a choice hangs on. */
export function passOf(
  { cell, hiddenSize: H, outputSize: P, directions: D }: Stacked,
  { phases }: Program,
  { T, B }: { readonly T: number; readonly B: number },
): Pass {
  const width = (isNarrow: boolean): number => (isNarrow ? P : H);
  const exchanging = phases.filter(({ exchanges }) => exchanges.length > 0);
  const exchanges = exchanging.map(({ exchanges: values }): Exchanged => {
    const loops = loopsOf(values, cell);
    const terms = loops.flatMap(({ isNarrow, sums }) =>
      sums.map(({ exchange, matrix }) => ({
        rows: matrix ? width(cell.isNarrow(values[exchange].value)) : 0,
        depth: width(isNarrow),
      })),
    );
    const products = terms.filter(({ rows }) => rows > 0);
    return {
      rows: products.reduce((n, { rows }) => n + rows, 0),
      depth: Math.max(0, ...products.map(({ depth }) => depth)),
      words: products.reduce((n, { rows, depth }) => n + rows * depth, 0),
      fed: loops.reduce((n, { isNarrow }) => n + width(isNarrow), 0),
      sums: terms.length - products.length,
    };
  });
  return { T, B, H, D, exchanges, gives: Math.max(0, ...exchanging.map((phase) => phase.exchanges.length)) };
}
