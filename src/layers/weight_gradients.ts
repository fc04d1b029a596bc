// The gradients of a recurrent layer's weights, floor 4: dW and dR as one product each over all (t, b), the
// biases' gradients folded in, and one more for each product that is fed with something else than the output.

import type { CellGraph } from "../cells/cell.js";
import type { Place } from "../cells/expr.js";
import { isReversed } from "../kernels/step_places.js";
import type { Buffer } from "../plan/plan.js";
import type { Columns, Place as Where } from "./affine.js";
import { outerProduct, weightGradient } from "./affine_backward.js";
import type { Part } from "./chunks.js";
import { dropRows } from "./drop_connect.js";
import type { Emitter } from "./emitter.js";
import { type Rows, stepsOf, timeMajor } from "./signal.js";
import { inputMap, type Stacked, slotColumns, stateSize, type Tape } from "./stacked.js";

/** Of the steps of one part of a chunk. */
export function weightGradients(e: Emitter, layer: Stacked, tape: Tape, part: Part, gradients: Buffer): void {
  const { cell, hiddenSize: H, directions: D, outputSize: P, at } = layer;
  const inputs = slotColumns(layer, tape.a, part, 0, cell.rows.W.length);
  const fedWith = stepsOf(part.x.rows, part.first, part.T);
  weightGradient(e, inputs, fedWith, 0, inputMap(layer), gradients, part.live);

  if (tape.recurrent.layer !== undefined) droppedGradients(e, layer, tape, part, gradients);
  else {
    eachProduct(layer, tape, part, at, (columns, rows, apart, dR) => {
      weightGradient(e, columns, rows, apart, dR, gradients, part.live);
    });
  }
  for (const { matrix, fed, slot } of cell.products) {
    const { rows, apart } = fedFrom(fed, layer, part, tape);
    const dM = { at: at.M + matrix * D * P * H, apart: P * H, bias: undefined };
    const columns = { ...slotColumns(layer, tape.a, part, slot, 1), count: P };
    weightGradient(e, columns, rows, apart, dM, gradients, part.live);
  }
}

/** Where some of R was dropped, so is its gradient: by way of a buffer of its own. */
function droppedGradients(e: Emitter, layer: Stacked, tape: Tape, part: Part, gradients: Buffer): void {
  const { cell, hiddenSize: H, directions: D, outputSize: P, at, biasR, name } = layer;
  const R = cell.rows.R.length * H;
  const size = D * R * P;
  const own = { R: 0, biasR: size };
  const dR = e.common(`${name}ddropped_l${layer.layer}`, [size + (biasR ? D * R : 0)]);
  eachProduct(layer, tape, part, own, (columns, rows, apart, to) => {
    outerProduct(e, columns, rows, apart, to, dR, 0, part.live);
  });
  const directions = part.only === undefined ? [...Array(D).keys()] : [part.only];
  for (const d of directions) {
    const accumulate = e.accumulates(at.R + d * R * P);
    const from = { buffer: dR, at: d * R * P };
    const to = { buffer: gradients, at: at.R + d * R * P };
    dropRows(e, layer, tape.recurrent.layer ?? 0, from, to, { d, accumulate });
    const row = (buffer: Buffer, first: number): Rows => timeMajor(buffer, 1, 1, R, first + d * R);
    if (biasR) e.copy(row(dR, size), row(gradients, at.biasR), accumulate);
  }
}

/** The products that R's gradient is made of, by what its rows were multiplied with. */
function eachProduct(
  layer: Stacked,
  tape: Tape,
  part: Part,
  at: { readonly R: number; readonly biasR: number },
  emit: (columns: Columns, rows: Rows, apart: number, dR: Where) => void,
): void {
  const { cell, hiddenSize: H, outputSize: P, biasR } = layer;
  const R = cell.rows.R.length;
  for (const { row, count, fed } of groupsOf(cell)) {
    const { rows, apart } = fedFrom(fed, layer, part, tape);
    const bias = biasR ? { at: at.biasR + row * H, apart: R * H } : undefined;
    const columns = slotColumns(layer, tape.a, part, cell.firstRecurrent + row, count);
    emit(columns, { ...rows, F: P }, apart, { at: at.R + row * H * P, apart: R * H * P, bias });
  }
}

/**
 * What a product was fed with, at every (t, b) of a part, and how far directions are apart. The state before time t
 * lies in slot t, or t + 2 where the direction is reversed.
 */
function fedFrom(
  place: Place,
  layer: Stacked,
  { T, B, first, only }: Part,
  tape: Tape,
): { rows: Rows; apart: number } {
  const { cell, directions: D, hiddenSize: H, reversed } = layer;
  if (place.in === "a") {
    const width = D * cell.slots * H;
    const rows = { buffer: tape.a, at: place.index * H, T, B, F: H, t: B * width, b: width };
    return { rows, apart: cell.slots * H };
  }
  const F = stateSize(layer, place.index);
  const slot = B * D * F;
  const before = (d: number): number => (isReversed(reversed, d) ? 2 * slot : 0) + d * F;
  const kept = place.index === 0 ? first * slot : 0; // the output's states are kept of all steps
  const rows = { buffer: tape.states[place.index], at: kept + before(0), T, B, F, t: slot, b: D * F };
  return { rows, apart: only === 0 || D === 1 ? 0 : before(1) - before(0) };
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
