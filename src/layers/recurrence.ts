// How a recurrent layer's pass is run, floor 4: as src/plan/choice.ts chooses it for its sizes, all steps in one
// dispatch or each in its own.

import { exchangedOf } from "../kernels/parts.js";
import { type Scan, scan } from "../kernels/scan.js";
import { type Step, step } from "../kernels/step.js";
import { programOf, type StepOptions } from "../kernels/step_options.js";
import { choose } from "../plan/choice.js";
import type { Emitter } from "./emitter.js";
import type { Stacked, Tape } from "./stacked.js";

/** steps: of one dispatch of a scan. */
export type Recurrence = Step | (Scan & { readonly steps: number });

export function recurrence(
  e: Emitter,
  { cell, biasR, live }: Stacked,
  { sizes }: Tape,
  asked: Pick<StepOptions, "backward" | "keep" | "dy" | "norms" | "bounded" | "chunked">,
): Recurrence {
  const { T, B, H, D } = sizes;
  const options = { ...asked, bias: biasR, live: live !== undefined, widths: sizes };
  const program = programOf(cell, options);
  const exchanges = exchangedOf(program, cell, sizes);
  const gives = Math.max(0, ...program.phases.map((phase) => phase.exchanges.length));
  const choice = choose({ T, B, H, D, exchanges, gives }, e.purpose);
  const { strategy, steps } = choice;
  if (strategy === "step" || exchanges.length === 0) return step(cell, { ...options, ...choice });
  return { ...scan(cell, { ...options, ...choice }), steps };
}
