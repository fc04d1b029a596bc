// The kernel of all steps of a recurrent layer in one dispatch, floor 2, made from a cell whose units look at each
// other: its mapping is in src/kernels/scan_layout.ts, its text in src/kernels/scan_text.ts, its loop over time in
// shaders/scan.wgsl. It gives the bits of one dispatch a step (src/kernels/step.ts).

import scaffold from "../../shaders/scan.wgsl?raw";
import type { CellGraph } from "../cells/cell.js";
import type { Program } from "../cells/program.js";
import { ceilDiv, defineKernel } from "./kernel.js";
import { scanBytes, scanLayout } from "./scan_layout.js";
import { printScan } from "./scan_text.js";
import { params, type StepKernel, type StepParams } from "./step.js";
import { PhaseOnCpu } from "./step_cpu.js";
import { linkLayer } from "./step_link.js";
import { runLive } from "./step_live.js";
import { Kept, nameOf, partOf, programOf, type StepOptions } from "./step_options.js";
import { bindingsOf, flopsOfUnit, maskedOf, type Part, readsRun } from "./step_part.js";
import { type Addresses, isReversed, type Moment, timeOf } from "./step_places.js";

export interface Scan {
  readonly kernel: StepKernel;
  readonly program: Program;
}

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
    kernel: scanKernel(`${name})`, cell, program, options),
    program,
  }));
}

function scanKernel(name: string, cell: CellGraph, program: Program, options: StepOptions): StepKernel {
  const { tile, threads, resident = false, widths } = options;
  const common = { ...partOf(cell, options), tile, parts: 1, split: false };
  const { backward, live } = common;
  const [first, ...rest] = program.phases;
  const parts = [
    { ...common, tail: rest.at(-1), head: first },
    ...rest.map((tail): Part => ({ ...common, tail, head: undefined })),
  ];
  const layout = scanLayout(cell, program, widths, threads);
  const reads = parts.some(readsRun);
  const phases = program.phases.map((phase, e) => ({
    onCpu: new PhaseOnCpu(phase, parts[e]),
    part: parts[e],
    masked: maskedOf(parts[e], e === 0 ? "head" : "tail"),
    // a beginning that stores nothing does nothing
    does: e > 0 || phase.stores.length > 0,
  }));
  const moment: Moment = { t: 0, d: 0, isReversed: false };
  return defineKernel({
    name,
    wgsl: linkLayer(reads, scaffold, printScan(program, layout, parts, { ...common, ...widths, resident })),
    bindings: bindingsOf(parts),
    run: reads,
    params,
    workgroupBytes: scanBytes(layout, tile),
    workgroups: ({ B, D }: StepParams) => [ceilDiv(B, tile), 1, D] as const,
    scratch: (p: StepParams) => Math.max(...phases.map(({ onCpu }) => onCpu.size(p))),
    held: (p: StepParams) => phases.flatMap(({ onCpu }) => onCpu.exchanges.held(p)),
    cpu(ops, at: Addresses, p: StepParams, run) {
      let held = 0;
      for (const { onCpu } of phases) {
        onCpu.exchanges.heldBefore = held;
        held += onCpu.exchanges.heldSize(p) * p.D;
      }
      for (let d = 0; d < p.D; d++) {
        moment.d = d;
        moment.isReversed = isReversed(p.reversed, d);
        for (let n = p.head; n < p.head + p.steps; n++) {
          moment.t = timeOf(n, p.T, moment.isReversed, backward);
          for (let e = 0; e < phases.length; e++) {
            const { onCpu, part, masked, does } = phases[e];
            if (!does) continue;
            if (live) runLive(onCpu, part, masked, ops, at, p, run, moment);
            else onCpu.run(ops, at, p, run, moment, 0, p.B);
          }
        }
      }
    },
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
