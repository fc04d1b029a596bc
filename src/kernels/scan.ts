// The kernel of all steps of a recurrent layer in one dispatch, floor 2, made from a cell whose units look at each
// other: its mapping is in src/kernels/scan_layout.ts, its text in src/kernels/scan_text.ts, its loop over time in
// shaders/scan.wgsl. It gives the bits of one dispatch a step (src/kernels/step.ts).

import type { CellGraph } from "../cells/cell.js";
import type { Program } from "../cells/program.js";
import { ceilDiv, defineKernel } from "./kernel.js";
import { scanBytes, scanLayout } from "./scan_layout.js";
import { params, type Step, type StepKernel, type StepParams } from "./step.js";
import { Kept, nameOf, partOf, programOf, type StepOptions } from "./step_options.js";
import { bindingsOf, flopsOfUnit, type Part, readsRun } from "./step_part.js";
import { isReversed, timeOf } from "./step_places.js";

/** The one kernel of all steps. */
export type Scan = Pick<Step, "kernels" | "program">;

const made = new Kept<Scan>();

/** The kernel of all of a cell's steps. The same options give the same kernel. */
export function scan(cell: CellGraph, options: StepOptions): Scan {
  const { tile, threads, resident, widths } = options;
  const program = programOf(cell, options);
  const noted = [
    `${widths.H}x${widths.P}`,
    `tile ${tile}`,
    `threads ${threads}`,
    ...(resident ? ["resident"] : []),
  ];
  return made.get(cell, nameOf("scan", cell, options, noted), (name) => ({
    kernels: [scanKernel(`${name})`, cell, program, options)],
    program,
  }));
}

function scanKernel(name: string, cell: CellGraph, program: Program, options: StepOptions): StepKernel {
  const { tile, threads, resident = false, widths } = options;
  const common = { ...partOf(cell, options), tile, parts: 1, split: false };
  const { backward } = common;
  const [first, ...rest] = program.phases;
  const parts = [
    { ...common, tail: rest.at(-1), head: first },
    ...rest.map((tail): Part => ({ ...common, tail, head: undefined })),
  ];
  const layout = scanLayout(cell, program, widths, threads);
  return defineKernel({
    name,
    wgsl: (texts) => texts.scan(program, layout, parts, { ...common, ...widths, resident }),
    bindings: bindingsOf(parts),
    run: parts.some(readsRun),
    params,
    workgroupBytes: scanBytes(layout, tile),
    workgroups: ({ B, D }: StepParams) => [ceilDiv(B, tile), 1, D] as const,
    twin: (twins) => twins.scan(program, parts),
    flops: (p: StepParams, steps) => {
      const { T, B, H, D, head, steps: count, reversed } = p;
      const unit = program.phases.reduce((sum, phase) => sum + flopsOfUnit(phase, cell, p), 0);
      let total = 0;
      for (let d = 0; d < D; d++) {
        for (let n = head; n < head + count; n++) {
          total += (steps?.at(timeOf(n, T, isReversed(reversed, d), backward)) ?? B) * H * unit;
        }
      }
      return total;
    },
  });
}
