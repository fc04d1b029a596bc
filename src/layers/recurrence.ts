// How a recurrent layer's pass is run, floor 4: its sizes, as its program tells them, what is chosen for them
// (src/plan/choice.ts), noted in the plan for people and for checkpoints, and the kernels for that.

import { exchangedOf } from "../kernels/parts.js";
import { type Scan, scan } from "../kernels/scan.js";
import { type Step, step } from "../kernels/step.js";
import { programOf, type StepOptions } from "../kernels/step_options.js";
import { type Choice, choose, type Means } from "../plan/choice.js";
import { ordinary } from "../plan/device_class.js";
import type { Plan } from "../plan/plan.js";
import type { Emitter } from "./emitter.js";
import type { Stacked, Tape } from "./stacked.js";

export type Recurrence = Scan &
  Partial<Step> & {
    readonly choice: Choice;
    /** Whether W x is a product of the step itself; and finds x by its token. */
    readonly fused: boolean;
    readonly named: boolean;
  };

type Asked = Pick<StepOptions, "backward" | "keep" | "fused" | "dy" | "norms" | "bounded" | "chunked"> &
  Pick<Means, "noScan">;

/** As asked; but not fused, nor a scan unless that is forced, where it would bind more buffers than the device can. */
export function recurrence(e: Emitter, stacked: Stacked, tape: Tape, asked: Asked): Recurrence {
  const { plan, purpose } = e;
  const { cell, biasR, biasW, live, layer, name, at } = stacked;
  const { sizes, recurrent } = tape;
  const { backward, fused = false } = asked;
  const { T, B, H, D } = sizes;
  const storage = backward ? "float32" : purpose.storage; // what is streamed backward are the weights themselves
  const half = storage === "float16";
  const named = fused && B === 1 && tape.inputs[0].named !== undefined;
  const options = { ...asked, named, bias: biasR, biasW, half, live: live !== undefined, widths: sizes };
  const program = programOf(cell, options);
  const exchanges = exchangedOf(program, cell, sizes);
  const gives = Math.max(0, ...program.phases.map((phase) => phase.exchanges.length));
  const what = `${name.replace(/\.$/, " ")}layer ${layer} ${backward ? "backward" : "forward"}`;
  const means = { ...purpose, storage, noScan: asked.noScan, ...(fused && { strategy: "step" as const }) };
  const choice = choose({ T, B, H, D, exchanges, gives }, means);
  const { lanes, launch } = purpose.device ?? ordinary;
  // of one sequence an invocation a unit would leave a GPU idle
  const subgroups = purpose.subgroups === true && fused && B === 1 && lanes >= 32 && !half;
  // on a program that is no GPU neighbours gain nothing from numbers side by side, each from four at a time
  const isBy4 = [at.W, at.R, at.M].every((place) => place % 4 === 0);
  const rows = lanes < 32 && launch > 0 && isBy4 && recurrent.layer === undefined;
  const how = { ...options, ...choice, subgroups, rows };
  // where no unit sees another a step's kernel does all steps
  const isScan = choice.strategy === "scan" && exchanges.length > 0;
  const made: Scan & Partial<Step> = isScan ? scan(cell, how) : step(cell, how);

  const most = purpose.limits?.maxStorageBuffersPerShaderStage ?? Number.POSITIVE_INFINITY;
  const hasAnother = fused || (isScan && !purpose.strategy);
  if (hasAnother && made.kernels.some((kernel) => Object.keys(kernel.bindings).length > most)) {
    return recurrence(e, stacked, tape, { ...asked, fused: false, noScan: !fused });
  }
  note(plan, what, choice);
  return { ...made, choice, fused, named };
}

/** Notes a choice by what it is of; a layer that is called with other sizes too has several. */
function note({ chosen }: Plan, what: string, choice: Choice): void {
  const of = ({ pass }: Choice): string => JSON.stringify(pass);
  let name = what;
  for (let call = 2; of(chosen.get(name) ?? choice) !== of(choice); call += 1) name = `${what}, call ${call}`;
  chosen.set(name, choice);
}
