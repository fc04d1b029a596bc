// The gradients of a recurrent layer's weights, floor 4: dW and dR as one product each over all (t, b), the
// biases' gradients folded in, and one more for each product that is fed with something else than the output.

import type { CellGraph } from "../cells/cell.js";
import type { Place } from "../cells/expr.js";
import type { Buffer } from "../plan/plan.js";
import { type Columns, outerProduct, type Place as Where, weightGradient } from "./affine.js";
import { dropRows } from "./drop_connect.js";
import type { Emitter } from "./emitter.js";
import { type Rows, type Signal, timeMajor } from "./signal.js";
import { inputMap, type Stacked, slotColumns, stateSize, type Tape } from "./stacked.js";

export function weightGradients(e: Emitter, layer: Stacked, x: Signal, tape: Tape, gradients: Buffer): void {
  const { cell, hiddenSize: H, directions: D, outputSize: P, at, live } = layer;
  const inputs = slotColumns(layer, tape.a, x.rows, 0, cell.rows.W.length);
  weightGradient(e, inputs, x.rows, 0, inputMap(layer), gradients, e.accumulates(at.W), live);

  const R = cell.rows.R.length;
  if (R > 0 && tape.recurrent.layer !== undefined) droppedGradients(e, layer, x, tape, gradients);
  else if (R > 0) {
    const accumulate = e.accumulates(at.R);
    eachProduct(layer, x, tape, at, (columns, rows, apart, dR) => {
      weightGradient(e, columns, rows, apart, dR, gradients, accumulate, live);
    });
  }
  for (const { matrix, fed, slot } of cell.products) {
    const { rows, apart } = fedFrom(fed, layer, x.rows, tape);
    const dM = { at: at.M + matrix * D * P * H, apart: P * H, bias: undefined };
    const columns = { ...slotColumns(layer, tape.a, x.rows, slot, 1), count: P };
    weightGradient(e, columns, rows, apart, dM, gradients, e.accumulates(dM.at), live);
  }
}

/** Where some of R was dropped, so is its gradient: by way of a buffer of its own. */
function droppedGradients(e: Emitter, layer: Stacked, x: Signal, tape: Tape, gradients: Buffer): void {
  const { cell, hiddenSize: H, directions: D, outputSize: P, at, live, biasR, name } = layer;
  const R = cell.rows.R.length * H;
  const size = D * R * P;
  const own = { R: 0, biasR: size };
  const dR = e.plan.buffer(`${name}ddropped_l${layer.layer}`, [size + (biasR ? D * R : 0)]);
  eachProduct(layer, x, tape, own, (columns, rows, apart, to) => {
    outerProduct(e, columns, rows, apart, to, dR, 0, live);
  });
  const accumulate = e.accumulates(at.R);
  const from = { buffer: dR, at: 0 };
  dropRows(e, layer, tape.recurrent.layer ?? 0, from, { buffer: gradients, at: at.R }, 0, accumulate);
  if (!biasR) return;
  const row = (buffer: Buffer, first: number): Rows => timeMajor(buffer, 1, 1, D * R, first);
  e.copy(row(dR, size), row(gradients, at.biasR), accumulate);
}

/** The products that R's gradient is made of, by what its rows were multiplied with. */
function eachProduct(
  layer: Stacked,
  x: Signal,
  tape: Tape,
  at: { readonly R: number; readonly biasR: number },
  emit: (columns: Columns, rows: Rows, apart: number, dR: Where) => void,
): void {
  const { cell, hiddenSize: H, outputSize: P, biasR } = layer;
  const R = cell.rows.R.length;
  for (const { row, count, fed } of groupsOf(cell)) {
    const { rows, apart } = fedFrom(fed, layer, x.rows, tape);
    const bias = biasR ? { at: at.biasR + row * H, apart: R * H } : undefined;
    const columns = slotColumns(layer, tape.a, x.rows, cell.firstRecurrent + row, count);
    emit(columns, { ...rows, F: P }, apart, { at: at.R + row * H * P, apart: R * H * P, bias });
  }
}

/**
 * What a product was fed with, at every (t, b). The state before time t lies in slot t, or t + 2 where the
 * direction is reversed.
 */
function fedFrom(place: Place, layer: Stacked, { T, B }: Rows, tape: Tape): { rows: Rows; apart: number } {
  const { cell, directions: D, hiddenSize: H, reversed } = layer;
  if (place.in === "a") {
    const width = D * cell.slots * H;
    const rows = { buffer: tape.a, at: place.index * H, T, B, F: H, t: B * width, b: width };
    return { rows, apart: cell.slots * H };
  }
  const F = stateSize(layer, place.index);
  const slot = B * D * F;
  const at = (reversed & 1) === 1 ? 2 * slot : 0;
  const rows = { buffer: tape.states[place.index], at, T, B, F, t: slot, b: D * F };
  return { rows, apart: reversed === 0b10 ? 2 * slot + F : F };
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
