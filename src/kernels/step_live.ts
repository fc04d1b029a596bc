// A step of the sequences that have it, on the CPU, floor 2: those side by side are one call; masked ones keep
// their state.

import type { Place } from "../cells/expr.js";
import type { Run } from "./kernel.js";
import { codes, livePlaces } from "./live.js";
import type { Ops } from "./ops.js";
import type { PhaseOnCpu } from "./step_cpu.js";
import { boundOf, isCut } from "./step_drawn.js";
import { isHandedOn, type Masked, type Part } from "./step_part.js";
import { type Addresses, addressOf, apartOf, type Moment, type Sizes } from "./step_places.js";

/** The phase is the part's tail or its head, and does this with masked sequences. */
export function runLive(
  phase: PhaseOnCpu,
  part: Part,
  { carries, bounds, adds }: Masked,
  ops: Ops,
  at: Addresses,
  p: Sizes,
  run: Run,
  moment: Moment,
): void {
  const first = at.live * ops.words + livePlaces(p.T, p.B).codes + moment.t * p.B;
  let count = 0;
  for (let b = 0; b < p.B; b += count) {
    const code = ops.integers[first + b];
    count = 1;
    while (b + count < p.B && ops.integers[first + b + count] === code) count++;
    if (code === codes.live) {
      phase.run(ops, at, p, run, moment, b, count);
    } else if (carries) {
      for (let s = 0; s < part.cell.states.length; s++) {
        if (code === codes.absent && !isHandedOn(part, s)) continue;
        move(
          part,
          ops,
          at,
          p,
          moment,
          b,
          count,
          { in: "before", index: s },
          { in: "after", index: s },
          false,
        );
      }
    } else if (code !== codes.absent) {
      for (let k = 0; bounds && k < count; k++) bound(part, ops, at, p, run, moment, b + k);
      if (adds && code === codes.repeated) {
        move(part, ops, at, p, moment, b, count, { in: "dy", index: 0 }, { in: "carry", index: 0 }, true);
      }
    }
  }
}

function move(
  { cell }: Part,
  ops: Ops,
  at: Addresses,
  p: Sizes,
  moment: Moment,
  b: number,
  count: number,
  from: Place,
  to: Place,
  adds: boolean,
): void {
  const n = from.index === 0 ? p.P : p.H;
  const source = addressOf(from, cell, at, p, moment, b);
  const target = addressOf(to, cell, at, p, moment, b);
  const row = apartOf(to, cell, p);
  if (adds) ops.add(target, target, source, n, count, row, row, apartOf(from, cell, p));
  else ops.copy(target, source, n, count, row, apartOf(from, cell, p));
}

/** Clips or cuts the states' gradients of a masked sequence, as a step that is there does its own. */
function bound({ cell }: Part, ops: Ops, at: Addresses, p: Sizes, run: Run, moment: Moment, b: number): void {
  const most = isCut(ops, at, p, run, moment, b) ? 0 : boundOf(run);
  for (let index = 0; index < cell.states.length; index++) {
    const first = addressOf({ in: "carry", index }, cell, at, p, moment, b);
    for (let k = first; k < first + p.H; k++) {
      ops.floats[k] = Math.max(-most, Math.min(most, ops.floats[k]));
    }
  }
}
