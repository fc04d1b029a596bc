// A recurrent layer's kernels on the CPU, floor 2: one dispatch of a step (src/kernels/step.ts), and all steps in one
// (src/kernels/scan.ts). The phases are those of src/kernels/step_cpu.ts.

import type { Program } from "../cells/program.js";
import type { Twin } from "./kernel.js";
import type { StepParams } from "./step.js";
import { PhaseOnCpu } from "./step_cpu.js";
import { runLive } from "./step_live.js";
import { bindingsOf, maskedOf, NONE, type Part } from "./step_part.js";
import { type Addresses, isReversed, type Moment, timeOf } from "./step_places.js";

export function stepTwin(part: Part): Twin<string, keyof StepParams> {
  const { backward, live } = part;
  const { tokens: named } = bindingsOf([part]);
  const tail = part.tail && new PhaseOnCpu(part.tail, part);
  // a phase that stores nothing does nothing
  const head = part.head?.stores.length ? new PhaseOnCpu(part.head, part) : undefined;
  const ending = maskedOf(part, "tail");
  const beginning = maskedOf(part, "head");
  const moment: Moment = { t: 0, d: 0, isReversed: false };
  return {
    scratch: (p: StepParams) => Math.max(tail?.size(p) ?? 0, head?.size(p) ?? 0),
    held: (p: StepParams) => tail?.exchanges.held(p) ?? [],
    cpu(ops, at: Addresses, given: StepParams, run) {
      // there is one sequence where x is named
      const row = named ? ops.integers[at.tokens * ops.words] : 0;
      const p = named ? { ...given, x: given.x + row * given.x_b } : given;
      for (let d = 0; d < p.D; d++) {
        moment.d = d;
        moment.isReversed = isReversed(p.reversed, d);
        if (tail && p.tail !== NONE) {
          moment.t = timeOf(p.tail, p.T, moment.isReversed, backward);
          if (live) runLive(tail, part, ending, ops, at, p, run, moment);
          else tail.run(ops, at, p, run, moment, 0, p.B);
        }
        if (!head || p.head === NONE) continue;
        for (let n = p.head; n < p.head + p.steps; n++) {
          moment.t = timeOf(n, p.T, moment.isReversed, backward);
          if (live) runLive(head, part, beginning, ops, at, p, run, moment);
          else head.run(ops, at, p, run, moment, 0, p.B);
        }
      }
    },
  };
}

/** parts: the phases' own, in their order. */
export function scanTwin(program: Program, parts: readonly Part[]): Twin<string, keyof StepParams> {
  const { backward, live } = parts[0];
  const phases = program.phases.map((phase, e) => ({
    onCpu: new PhaseOnCpu(phase, parts[e]),
    part: parts[e],
    masked: maskedOf(parts[e], e === 0 ? "head" : "tail"),
    // a beginning that stores nothing does nothing
    does: e > 0 || phase.stores.length > 0,
  }));
  const moment: Moment = { t: 0, d: 0, isReversed: false };
  return {
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
  };
}
