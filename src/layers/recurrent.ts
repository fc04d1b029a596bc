// The recurrent layer's pass forward, floor 4: for each layer of a stack one product for every W x, then T steps.
// Knows cells only as graphs. Its mirror is in src/layers/recurrent_backward.ts.

import { ordinary } from "../plan/device_class.js";
import type { Buffer } from "../plan/plan.js";
import { affine } from "./affine.js";
import { type Chunk, chunksOf, partsOf } from "./chunks.js";
import { recurrentOf } from "./drop_connect.js";
import type { Emitter } from "./emitter.js";
import { recurrence } from "./recurrence.js";
import { type BackwardOptions, backward } from "./recurrent_backward.js";
import { type Signal, stepsOf, timeMajor } from "./signal.js";
import { inputMap, type Stacked, slotColumns, stateSize, type Tape } from "./stacked.js";
import { hand } from "./states.js";
import { unroll } from "./unroll.js";

export interface Pass {
  /** The output, [T, B, D·H]. */
  readonly y: Signal;
  /** Emits the pass backward. */
  readonly backward: (gradients: Buffer, given: BackwardOptions) => void;
}

/** The buffers of a layer. Slots of states at either end hold initial ones; they are zero where nobody writes them. */
export function tapeOf(e: Emitter, layer: Stacked, inputs: readonly Signal[]): Tape {
  const { T, B } = inputs[0].rows;
  const { cell, directions: D, hiddenSize: H, outputSize: P, name, chunk, layer: l } = layer;
  const isWhole = chunk >= T;
  const recurrent = recurrentOf(e, layer);
  const shape = [chunk, B, D, cell.slots, H];
  return {
    inputs,
    a: isWhole ? e.plan.buffer(`${name}a_l${l}`, shape) : e.common(`${name}a`, shape),
    states: cell.states.map((state, s) => {
      const width = D * stateSize(layer, s);
      if (s === 0 || isWhole) return e.plan.buffer(`${name}${state}_l${l}`, [T + 2, B, width]);
      return e.common(`${name}${state}`, [chunk + 2, B, width]);
    }),
    starts: cell.states.map((state, s) => {
      if (s === 0 || isWhole) return undefined;
      const slots = Math.ceil(T / chunk) + 1;
      return e.plan.buffer(`${name}${state}_starts_l${l}`, [slots, B, D * stateSize(layer, s)]);
    }),
    sizes: {
      T,
      B,
      H,
      P,
      D,
      reversed: layer.reversed,
      R: recurrent.packedAt.R,
      M: recurrent.packedAt.M,
      bias: recurrent.at.biasR,
      p: recurrent.at.p,
      ds: 0,
      layer: cell.masks.length > 0 ? e.nextDropout() : 0,
      I: layer.inputSize,
      W: layer.packedAt.W,
      biasW: layer.at.biasW,
      x: 0,
      x_b: 0,
    },
    recurrent,
  };
}

/**
 * Whether W x should be a product of the step itself: of a single step that nobody differentiates, where a dispatch
 * costs more than what is lost when sums over the input are not a product of their own.
 */
function isFused({ purpose }: Emitter, { live }: Stacked, { sizes, recurrent, inputs }: Tape): boolean {
  const { device = ordinary, differentiate, strategy } = purpose;
  const isDropped = recurrent.layer !== undefined; // then the steps read a copy of R, in which there is no W
  const isSingle = sizes.T === 1 && inputs.length === 1;
  return isSingle && !differentiate && !live && !isDropped && device.launch > 0 && strategy !== "scan";
}

/**
 * Emits one layer's pass forward: 1 + E·T dispatches, where E is the longest chain of exchanges in a step,
 * and one more if a step does something before its first; 2 for a cell without exchange. All directions are
 * one, but for a product of each one's own input, where they have such. In chunks, these are of each chunk, with a
 * product for each direction, and two copies for each direction's states but the output. A single step of inference
 * is E. wanted: whether the output's gradient is of use to anybody.
 */
export function forward(e: Emitter, layer: Stacked, tape: Tape, wanted: boolean): Pass {
  const { directions: D, outputSize: P, outputLive } = layer;
  const { T, B } = tape.sizes;
  const chunks = chunksOf(T, layer.chunk);
  for (const chunk of chunks) {
    steps(e, layer, tape, chunk, e.purpose.differentiate && chunks.length === 1);
    hand(e, layer, tape, chunk, "last");
  }
  const rows = timeMajor(tape.states[0], T, B, D * P, B * D * P);
  const y: Signal = { rows, wanted, ...(outputLive && { live: outputLive }) };
  return { y, backward: (gradients, given) => backward(e, layer, y, tape, gradients, given) };
}

/** A chunk's pre-activations and steps. keep: whether what the pass backward needs is stored. */
export function steps(e: Emitter, layer: Stacked, tape: Tape, chunk: Chunk, keep: boolean): void {
  const { cell, directions: D, hiddenSize: H, name, live } = layer;
  const { a, states, recurrent, sizes } = tape;
  const { T, B } = sizes;
  const [input] = tape.inputs;
  hand(e, layer, tape, chunk, "first");
  const asked = { backward: false, keep, fused: isFused(e, layer, tape), chunked: chunk.count < T };
  const kernels = recurrence(e, layer, tape, asked);
  const { fused } = kernels;
  const x = fused ? inputOf(e, input, kernels.named) : undefined;
  for (const part of fused ? [] : partsOf(layer, tape, chunk)) {
    const columns = slotColumns(layer, a, part, 0, cell.rows.W.length);
    affine(e, stepsOf(part.x.rows, part.first, part.T), inputMap(layer), columns, part.live);
  }
  const carried = kernels.program.carried;
  const { first, count } = chunk;
  unroll(
    e.plan,
    kernels,
    {
      weights: recurrent.weights,
      packed: recurrent.packed,
      a,
      ...statesByName(states),
      ...(carried > 0 && { carry: e.common(`${name}carry`, [carried, B, D * H]) }),
      ...(live && { live: live.table }),
      ...x?.bound,
    },
    {
      ...sizes,
      first,
      chunk: count,
      ...x?.params,
      ...(kernels.lies && { W: layer.at.W, R: layer.at.R, M: layer.at.M }),
    },
    first,
    true,
  );
}

/** x of a single step. named: as the row of the table that its token names, which nobody has to copy then. */
function inputOf(e: Emitter, { rows, named }: Signal, isNamed: boolean) {
  if (!isNamed || !named) return { bound: { x: rows.buffer }, params: { x: rows.at, x_b: rows.b } };
  e.unread.add(rows.buffer);
  return { bound: { x: e.weights, tokens: named.ids.buffer }, params: { x: named.table, x_b: rows.F } };
}

export function statesByName(states: readonly Buffer[]): Record<string, Buffer> {
  return Object.fromEntries(states.map((buffer, s) => [`s${s}`, buffer]));
}
