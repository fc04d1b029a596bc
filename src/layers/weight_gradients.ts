// The gradients of a recurrent layer's weights, floor 4: dW and dR as one product each over all (t, b), the biases' gradients folded in,
// and one more for each product that is fed with something else than the output.

import type { CellGraph } from "../cells/cell.js";
import type { Place } from "../cells/expr.js";
import { matmul } from "../kernels/matmul.js";
import type { Buffer } from "../plan/plan.js";
import type { Emitter } from "./emitter.js";
import { product } from "./product.js";
import type { Stacked, Tape } from "./recurrent.js";
import type { Signal } from "./signal.js";

/** A matrix over (t, b): K rows, N columns. */
interface Operand {
  readonly buffer: Buffer;
  readonly N: number;
  /** First element; strides of b, t and direction. */
  readonly first: number;
  readonly b: number;
  readonly t: number;
  readonly d: number;
}

/** Where a product's gradient goes: the weights, and the biases if there are any. By direction. */
interface Target {
  readonly first: number;
  readonly d: number;
  readonly bias?: { readonly first: number; readonly d: number };
}

export function weightGradients(e: Emitter, layer: Stacked, x: Signal, tape: Tape, gradients: Buffer): void {
  const { cell, hiddenSize: H, directions: D, inputSize: I, at, bias } = layer;
  const [W, R] = [cell.rows.W.length, cell.rows.R.length];
  const emit = (slot: number, blocks: number, by: Operand, to: Target, accumulate: 0 | 1): void => {
    emitProduct(e, layer, x, tape, gradients, { slot, blocks, by, to, accumulate });
  };

  const input: Operand = { buffer: x.rows.buffer, N: I, first: x.rows.at, b: x.rows.b, t: x.rows.t, d: 0 };
  const biasW = { first: at.biasW, d: W * H };
  emit(0, W, input, { first: at.W, d: W * H * I, ...(bias && { bias: biasW }) }, e.accumulates(at.W));

  const accumulate = R > 0 ? e.accumulates(at.R) : 0;
  for (const { row, count, fed } of groupsOf(cell)) {
    const biasR = { first: at.biasR + row * H, d: R * H };
    const to = { first: at.R + row * H * H, d: R * H * H, ...(bias && { bias: biasR }) };
    emit(cell.firstRecurrent + row, count, fedFrom(fed, layer, x, tape), to, accumulate);
  }
  for (const { matrix, fed, slot } of cell.products) {
    const first = at.M + matrix * D * H * H;
    emit(slot, 1, fedFrom(fed, layer, x, tape), { first, d: H * H }, e.accumulates(first));
  }
}

/** da's columns of some slots, transposed, times what they were multiplied with; for every direction. */
function emitProduct(
  e: Emitter,
  { cell, directions: D, hiddenSize: H }: Stacked,
  x: Signal,
  { a }: Tape,
  gradients: Buffer,
  o: { slot: number; blocks: number; by: Operand; to: Target; accumulate: 0 | 1 },
): void {
  const { T, B } = x.rows;
  const { by, to } = o;
  const width = D * cell.slots * H;
  e.plan.dispatch(
    matmul,
    { A: a, B: by.buffer, bias: by.buffer, C: gradients },
    {
      ...product({ M: o.blocks * H, N: by.N, K: T * B, Z: D }),
      a_0: o.slot * H,
      a_z: cell.slots * H,
      a_m: 1,
      s: B,
      a_k1: B * width,
      a_k: width,
      b_0: by.first,
      b_z: by.d,
      b_k1: by.t,
      b_k: by.b,
      b_n: 1,
      c_0: to.first,
      c_z: to.d,
      c_m: by.N,
      ones: to.bias ? 1 : 0,
      ones_0: to.bias?.first ?? 0,
      ones_z: to.bias?.d ?? 0,
      accumulate: o.accumulate,
    },
  );
}

/** What a product was fed with, at every (t, b). The state before time t lies in slot t, or t + 2 where the direction is reversed. */
function fedFrom(place: Place, layer: Stacked, x: Signal, tape: Tape): Operand {
  const { cell, directions: D, hiddenSize: H, reversed } = layer;
  const { B } = x.rows;
  if (place.in === "a") {
    const width = D * cell.slots * H;
    return { buffer: tape.a, N: H, first: place.index * H, b: width, t: B * width, d: cell.slots * H };
  }
  const slot = B * D * H;
  const first = (reversed & 1) === 1 ? 2 * slot : 0;
  const apart = reversed === 0b10 ? 2 * slot : 0;
  return { buffer: tape.states[place.index], N: H, first, b: D * H, t: slot, d: apart + H };
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
