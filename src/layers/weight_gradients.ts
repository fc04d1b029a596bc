// The gradients of a recurrent layer's weights, floor 4: dW and dR as one product each over all (t, b), the
// biases' gradients folded in, and one more for each product that is fed with something else than the output.

import type { CellGraph } from "../cells/cell.js";
import type { Place } from "../cells/expr.js";
import type { Buffer } from "../plan/plan.js";
import { type Columns, weightGradient } from "./affine.js";
import type { Emitter } from "./emitter.js";
import type { Rows, Signal } from "./signal.js";
import { inputMap, type Stacked, slotColumns, type Tape } from "./stacked.js";

export function weightGradients(e: Emitter, layer: Stacked, x: Signal, tape: Tape, gradients: Buffer): void {
  const { cell, hiddenSize: H, directions: D, at, bias } = layer;
  const W = inputMap(layer);
  const inputs = slotColumns(layer, tape.a, x.rows, 0, cell.rows.W.length);
  weightGradient(e, inputs, x.rows, 0, W, gradients, e.accumulates(at.W), undefined);

  /** Of some slots, whose product was fed with what lies at `fed`. */
  const emit = (
    columns: Columns,
    fed: Place,
    dM: Parameters<typeof weightGradient>[4],
    accumulate: 0 | 1,
  ): void => {
    const { rows, apart } = fedFrom(fed, layer, x.rows, tape);
    weightGradient(e, columns, rows, apart, dM, gradients, accumulate, undefined);
  };
  const R = cell.rows.R.length;
  const accumulate = R > 0 ? e.accumulates(at.R) : 0;
  for (const { row, count, fed } of groupsOf(cell)) {
    const dR = {
      at: at.R + row * H * H,
      apart: R * H * H,
      bias: bias ? { at: at.biasR + row * H, apart: R * H } : undefined,
    };
    emit(slotColumns(layer, tape.a, x.rows, cell.firstRecurrent + row, count), fed, dR, accumulate);
  }
  for (const { matrix, fed, slot } of cell.products) {
    const dM = { at: at.M + matrix * D * H * H, apart: H * H, bias: undefined };
    emit(slotColumns(layer, tape.a, x.rows, slot, 1), fed, dM, e.accumulates(dM.at));
  }
}

/**
 * What a product was fed with, at every (t, b). The state before time t lies in slot t, or t + 2 where the
 * direction is reversed.
 */
function fedFrom(
  place: Place,
  { cell, directions: D, hiddenSize: H, reversed }: Stacked,
  { T, B }: Rows,
  tape: Tape,
): { rows: Rows; apart: number } {
  if (place.in === "a") {
    const width = D * cell.slots * H;
    const rows = { buffer: tape.a, at: place.index * H, T, B, F: H, t: B * width, b: width };
    return { rows, apart: cell.slots * H };
  }
  const slot = B * D * H;
  const at = (reversed & 1) === 1 ? 2 * slot : 0;
  const rows = { buffer: tape.states[place.index], at, T, B, F: H, t: slot, b: D * H };
  return { rows, apart: reversed === 0b10 ? 2 * slot + H : H };
}

/** R's rows that are multiplied with the same, as far as they lie side by side. */
function groupsOf(cell: CellGraph): { row: number; count: number; fed: Place }[] {
  const groups: { row: number; count: number; fed: Place }[] = [];
  for (const row of cell.rows.R.keys()) {
    const fed = cell.fed.get(row) ?? { in: "before", index: 0 };
    const last = groups.at(-1);
    if (last && last.fed.in === fed.in && last.fed.index === fed.index) last.count += 1;
    else groups.push({ row, count: 1, fed });
  }
  return groups;
}
