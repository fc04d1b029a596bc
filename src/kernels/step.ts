// The kernel of a recurrent step, floor 2: one dispatch forward or backward, made from a cell. It finishes
// one step (exchange and last phase) and begins the next (phase 0), since a unit's last numbers of one step
// are its first of the next. A cell whose longest chain of exchanges is E takes E dispatches a step; a cell
// without any takes one for all steps.

import activations from "../../shaders/activations.wgsl?raw";
import scaffold from "../../shaders/step.wgsl?raw";
import type { CellGraph } from "../cells/cell.js";
import type { Program } from "../cells/program.js";
import { ceilDiv, defineKernel, type Kernel, link, type Values } from "./kernel.js";
import { PhaseOnCpu } from "./step_cpu.js";
import type { Addresses } from "./step_places.js";
import { bindingsOf, type Part, printPart } from "./step_text.js";

/**
 * Stands for no step, in the parameters tail and head. Below 2^30: a larger number an engine keeps in a box,
 * and reading a field that may hold one allocates.
 */
export const NONE = 0x3fffffff;

const params = {
  T: "u32",
  B: "u32",
  H: "u32",
  D: "u32",
  reversed: "u32",
  tail: "u32",
  head: "u32",
  steps: "u32",
  R: "u32",
  M: "u32",
  bias: "u32",
  p: "u32",
} as const;

export type StepParams = Values<keyof typeof params>;
export type StepKernel = Kernel<string, keyof typeof params>;

export interface StepOptions {
  readonly backward: boolean;
  readonly bias: boolean;
  /** Forward: whether what the step backward needs is kept. */
  readonly keep?: boolean;
  /** Backward: whether the output has a gradient of its own; whether the states' gradients are noted. */
  readonly dy?: boolean;
  readonly norms?: boolean;
  readonly batchSize: number;
}

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
}

const made = new WeakMap<CellGraph, Map<string, Step>>();

/** The kernels of a cell's step. The same options give the same kernels. */
export function step(cell: CellGraph, options: StepOptions): Step {
  const tile = options.batchSize >= 4 ? 4 : 1;
  const { backward, bias, keep = false, dy = false, norms = false } = options;
  const key = JSON.stringify({ backward, bias, keep, dy, norms, tile });
  const known = made.get(cell)?.get(key);
  if (known) return known;

  const program = backward ? cell.backward({ dy, norms }) : cell.forward(keep);
  const [first, ...rest] = program.phases;
  const notes = [
    bias ? "" : "no bias",
    keep ? "keep" : "",
    dy ? "dy" : "",
    norms ? "norms" : "",
    `tile ${tile}`,
  ];
  const name = [`step${backward ? "_backward" : ""}(${cell.name}`, ...notes.filter(Boolean)].join(", ");
  const kernels = rest.map((phase, e) => {
    const isLast = e === rest.length - 1;
    const numbered = rest.length > 1 ? `, phase ${e + 1}` : "";
    return stepKernel(`${name}${numbered})`, {
      cell,
      tail: phase,
      head: isLast ? first : undefined,
      backward,
      bias,
      tile,
    });
  });
  if (kernels.length === 0) {
    kernels.push(stepKernel(`${name})`, { cell, tail: undefined, head: first, backward, bias, tile }));
  }
  const last = rest.at(-1);
  const result: Step = {
    kernels,
    program,
    prologue: (first?.stores.length ?? 0) > 0,
    epilogue: last?.stores.some(({ to }) => to.in !== "carry" || to.index >= cell.states.length) ?? false,
  };
  const ofCell = made.get(cell) ?? new Map<string, Step>();
  made.set(cell, ofCell.set(key, result));
  return result;
}

function stepKernel(name: string, part: Part): StepKernel {
  const { backward } = part;
  const tail = part.tail && new PhaseOnCpu(part.tail, part);
  // a phase that stores nothing does nothing
  const head = part.head?.stores.length ? new PhaseOnCpu(part.head, part) : undefined;
  return defineKernel({
    name,
    wgsl: link(scaffold, printPart(part), activations),
    bindings: bindingsOf(part),
    params,
    workgroups: ({ H, B, D }: StepParams) => [ceilDiv(H, 64), ceilDiv(B, part.tile), D] as const,
    scratch: (p: StepParams) => Math.max(tail?.size(p) ?? 0, head?.size(p) ?? 0),
    held: (p: StepParams) => tail?.exchanges.held(p) ?? [],
    cpu(ops, at: Addresses, p: StepParams) {
      for (let d = 0; d < p.D; d++) {
        const isReversed = ((p.reversed >> d) & 1) === 1;
        const down = isReversed !== backward;
        if (tail && p.tail !== NONE) {
          const t = down ? p.T - 1 - p.tail : p.tail;
          tail.exchanges.run(ops, at, p, t, d, isReversed);
          tail.run(ops, at, p, t, d, isReversed);
        }
        if (!head || p.head === NONE) continue;
        for (let n = p.head; n < p.head + p.steps; n++) {
          head.run(ops, at, p, down ? p.T - 1 - n : n, d, isReversed);
        }
      }
    },
    flops: ({ B, H, D, tail: ended, head: begun, steps }: StepParams) => {
      const terms = part.tail?.exchanges.reduce((n, e) => n + e.fed.length, 0) ?? 0;
      const units = B * H * D;
      const end = ended === NONE ? 0 : 2 * terms * H + (part.tail?.arithmetic.length ?? 0);
      const begin = begun === NONE ? 0 : steps * (part.head?.arithmetic.length ?? 0);
      return units * (end + begin);
    },
  });
}
