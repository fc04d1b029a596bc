// How a recurrent layer's pass is run, floor 4: its sizes, as its program tells them, what is chosen for them
// (src/plan/choice.ts), noted in the plan for people and for checkpoints, and the kernels for that.

import { exchangedOf } from "../kernels/parts.js";
import { type Scan, scan } from "../kernels/scan.js";
import { type Step, step } from "../kernels/step.js";
import { programOf, type StepOptions } from "../kernels/step_options.js";
import { type Choice, choose } from "../plan/choice.js";
import { ordinary } from "../plan/device_class.js";
import type { Plan } from "../plan/plan.js";
import type { Emitter } from "./emitter.js";
import type { Stacked, Tape } from "./stacked.js";

/** steps: of one dispatch of a scan. seconds: of one step, by estimate. */
export type Recurrence = (Step | (Scan & Pick<Choice, "steps">)) & { readonly seconds: number };

export function recurrence(
  { plan, purpose }: Emitter,
  { cell, biasR, biasW, live, layer, name, at }: Stacked,
  { sizes, recurrent }: Tape,
  asked: Pick<StepOptions, "backward" | "keep" | "fused" | "dy" | "norms" | "bounded" | "chunked">,
): Recurrence {
  const { T, B, H, D } = sizes;
  const storage = asked.backward ? "float32" : purpose.storage; // what is streamed backward are the weights themselves
  const half = storage === "float16";
  const options = { ...asked, bias: biasR, biasW, half, live: live !== undefined, widths: sizes };
  const program = programOf(cell, options);
  const exchanges = exchangedOf(program, cell, sizes);
  const gives = Math.max(0, ...program.phases.map((phase) => phase.exchanges.length));
  const what = `${name.replace(/\.$/, " ")}layer ${layer} ${asked.backward ? "backward" : "forward"}`;
  const means = { ...purpose, storage, ...(asked.fused && { strategy: "step" as const }) };
  const choice = choose({ T, B, H, D, exchanges, gives }, means);
  note(plan, what, choice);
  const { strategy, steps } = choice;
  const seconds = choice.seconds / T;
  const { lanes, launch } = purpose.device ?? ordinary;
  // of one sequence an invocation a unit would leave a GPU idle
  const subgroups = purpose.subgroups === true && asked.fused === true && B === 1 && lanes >= 32 && !half;
  // on a program that is no GPU neighbours gain nothing from numbers side by side, each from four at a time
  const isBy4 = [at.W, at.R, at.M].every((place) => place % 4 === 0);
  const rows = lanes < 32 && launch > 0 && isBy4 && recurrent.layer === undefined;
  const how = { ...options, ...choice, subgroups, rows };
  if (strategy === "step" || asked.fused || exchanges.length === 0) return { ...step(cell, how), seconds };
  return { ...scan(cell, how), steps, seconds };
}

/** Notes a choice by what it is of; a layer that is called with other sizes too has several. */
function note({ chosen }: Plan, what: string, choice: Choice): void {
  const of = ({ pass }: Choice): string => JSON.stringify(pass);
  let name = what;
  for (let call = 2; of(chosen.get(name) ?? choice) !== of(choice); call += 1) name = `${what}, call ${call}`;
  chosen.set(name, choice);
}
