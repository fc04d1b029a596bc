// The kernel of a recurrent step, floor 2: one dispatch forward or backward, made from a cell. It finishes
// one step (exchange and last phase) and begins the next (phase 0), since a unit's last numbers of one step
// are its first of the next. A cell whose longest chain of exchanges is E takes E dispatches a step; a cell
// without any takes one for all steps.

import type { CellGraph } from "../cells/cell.js";
import type { Program } from "../cells/program.js";
import { ceilDiv, defineKernel, type Kernel, type Values } from "./kernel.js";
import { exchangedOf, partsOf } from "./parts.js";
import { sharedWords, unitsOf } from "./step_layout.js";
import { Kept, nameOf, partOf, programOf, type StepOptions } from "./step_options.js";
import { bindingsOf, flopsOfUnit, NONE, type Part, readsRun } from "./step_part.js";
import { isReversed, timeOf } from "./step_places.js";

export const params = {
  T: "u32",
  B: "u32",
  H: "u32",
  P: "u32",
  D: "u32",
  reversed: "u32",
  tail: "u32",
  head: "u32",
  steps: "u32",
  first: "u32",
  chunk: "u32",
  R: "u32",
  M: "u32",
  bias: "u32",
  p: "u32",
  ds: "u32",
  layer: "u32",
  I: "u32",
  W: "u32",
  biasW: "u32",
  x: "u32",
  x_b: "u32",
} as const;

export type StepParams = Values<keyof typeof params>;
export type StepKernel = Kernel<string, keyof typeof params>;

/**
 * The dispatches of one step: kernels[e - 1] ends with phase e. The last of them also begins the next step.
 */
export interface Step {
  readonly kernels: readonly StepKernel[];
  readonly program: Program;
  /** Whether phase 0 does anything: then the pass begins with a dispatch that only begins the first step. */
  readonly prologue: boolean;
  /**
   * Whether the last phase gives anything but the gradient of the state before: then it is needed after the
   * last step too.
   */
  readonly epilogue: boolean;
  /** Whether weights are read as they lie, not packed. */
  readonly lies: boolean;
}

const made = new Kept<Step>();

/** The kernels of a cell's step. The same options give the same kernels. */
export function step(cell: CellGraph, options: StepOptions): Step {
  const { tile, units = 1, threads, widths } = options;
  const program = programOf(cell, options);
  const [first, ...rest] = program.phases;
  const last = rest.at(-1);
  const prologue = (first?.stores.length ?? 0) > 0;
  // what only begins a step adds nothing up
  const subgroups = options.subgroups === true && last !== undefined && !prologue;
  const how = exchangedOf(program, cell, widths).map(({ rows, depth }) => {
    const parts = partsOf(rows, depth, threads);
    return { parts, split: options.split === true && parts > 1 };
  });
  const noted = [
    `tile ${tile}${units > 1 ? ` by ${units}` : ""}`,
    ...how.map(({ parts, split }) => `${parts}${split ? " split" : ""}`),
  ];
  const lies = subgroups || canReadRows(cell, options, how);
  if (lies && !subgroups) noted.push("rows");
  return made.get(cell, nameOf(subgroups ? "step_subgroups" : "step", cell, options, noted), (name) => ({
    // a cell without exchanges has a beginning alone
    kernels: (last ? rest : [undefined]).map((tail, e) => {
      const { parts, split } = how[e] ?? { parts: 1, split: false };
      const head = tail === last ? first : undefined;
      const numbered = rest.length > 1 ? `${name}, phase ${e + 1}` : name;
      return stepKernel(`${numbered})`, {
        ...partOf(cell, options),
        tail,
        head,
        tile,
        units: split ? 1 : units,
        parts,
        split,
        lies,
        subgroups,
      });
    }),
    program,
    prologue,
    lies,
    epilogue: last?.stores.some(({ to }) => to.in !== "carry" || to.index >= cell.states.length) ?? false,
  }));
}

/** Whether rows can be read by fours: all of their numbers in one sum, all rows a multiple of four. */
function canReadRows(
  { parameters, matrices, projected }: CellGraph,
  { rows, backward, half, fused, tile, units = 1, widths }: StepOptions,
  how: readonly { readonly parts: number }[],
): boolean {
  const { H, P, I } = widths;
  const isWhole = how.length > 0 && how.every(({ parts }) => parts === 1);
  const sizes = [P, ...(matrices.length > 0 || projected ? [H] : []), ...(fused ? [I] : [])];
  return (
    rows === true &&
    !backward &&
    !half &&
    isWhole &&
    tile * units === 1 &&
    parameters.length === 0 &&
    sizes.every((n) => n % 4 === 0)
  );
}

function stepKernel(name: string, part: Part): StepKernel {
  const { backward } = part;
  const across = unitsOf(part);
  return defineKernel({
    name,
    wgsl: (texts) => texts.step(part),
    bindings: bindingsOf([part]),
    run: readsRun(part),
    params,
    workgroupBytes: part.subgroups ? 0 : 4 * sharedWords(part),
    workgroups: ({ H, B, D }: StepParams) => [ceilDiv(H, across), ceilDiv(B, part.tile), D] as const,
    twin: (twins) => twins.step(part),
    flops: (p: StepParams, steps) => {
      const { T, B, H, D, tail: ended, head: begun, steps: count, reversed } = p;
      const end = part.tail ? flopsOfUnit(part.tail, part.cell, p) : 0;
      const begin = part.head ? flopsOfUnit(part.head, part.cell, p) : 0;
      const sequences = (n: number, d: number): number =>
        steps ? steps.at(timeOf(n, T, isReversed(reversed, d), backward)) : B;
      let total = 0;
      for (let d = 0; d < D; d++) {
        if (ended !== NONE) total += sequences(ended, d) * H * end;
        for (let n = 0; begun !== NONE && n < count; n++) total += sequences(begun + n, d) * H * begin;
      }
      return total;
    },
  });
}
