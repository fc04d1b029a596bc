// The recurrent layer, floor 4: for each layer of a stack one product for every W x, then T steps; the mirror
// for back-propagation through time, then the weights' gradients as products over all steps at once. Knows
// cells only as graphs.

import { step } from "../kernels/step.js";
import { sum } from "../kernels/sum.js";
import type { Buffer } from "../plan/plan.js";
import { affine, columnSums, inputGradient } from "./affine.js";
import { recurrentOf } from "./drop_connect.js";
import type { Emitter } from "./emitter.js";
import { type Rows, type Signal, timeMajor } from "./signal.js";
import { inputMap, type Stacked, slotColumns, stateSize, type Tape } from "./stacked.js";
import { type StepSizes, unroll } from "./unroll.js";
import { weightGradients } from "./weight_gradients.js";

export interface Pass {
  /** The output, [T, B, D·H]. */
  readonly y: Signal;
  /** Emits the pass backward. */
  readonly backward: (gradients: Buffer, given: BackwardOptions) => void;
}

export interface BackwardOptions {
  /** Puts the gradients of the final states into `carry` [states, B, D·H], which is zero. */
  readonly begin: (carry: Buffer) => void;
  /** Takes the gradients of the initial states from it, where they are wanted. */
  readonly end: ((carry: Buffer) => void) | undefined;
  /** Where |dL/ds_t| of each state goes, [layers × directions, T]. */
  readonly norms: readonly Buffer[];
}

/**
 * The buffers of a layer's states. The first and the last slot hold initial states; they are zero where
 * nobody writes them.
 */
export function stateBuffers(e: Emitter, layer: Stacked, { T, B }: Rows): Buffer[] {
  const { cell, directions: D, name } = layer;
  return cell.states.map((state, s) =>
    e.plan.buffer(`${name}${state}_l${layer.layer}`, [T + 2, B, D * stateSize(layer, s)]),
  );
}

/**
 * Emits one layer's pass forward: 1 + E·T dispatches, where E is the longest chain of exchanges in a step,
 * and one more if a step does something before its first; 2 for a cell without exchange. Both directions are
 * one. wanted: whether the output's gradient is of use to anybody.
 */
export function forward(
  e: Emitter,
  layer: Stacked,
  x: Signal,
  states: readonly Buffer[],
  wanted: boolean,
): Pass {
  const { cell, directions: D, hiddenSize: H, outputSize: P, name, live, outputLive, biasR } = layer;
  const { T, B } = x.rows;
  const l = layer.layer;
  const a = e.plan.buffer(`${name}a_l${l}`, [T, B, D, cell.slots, H]);
  affine(e, x.rows, inputMap(layer), slotColumns(layer, a, x.rows, 0, cell.rows.W.length), live);

  const recurrent = recurrentOf(e, layer);
  const { at, packedAt } = recurrent;
  const sizes: StepSizes = {
    T,
    B,
    H,
    P,
    D,
    reversed: layer.reversed,
    first: 0,
    chunk: T,
    R: packedAt.R,
    M: packedAt.M,
    bias: at.biasR,
    p: at.p,
    ds: 0,
    layer: cell.masks.length > 0 ? e.nextDropout() : 0,
  };
  const kernels = step(cell, {
    backward: false,
    bias: biasR,
    keep: e.purpose.differentiate,
    live: live !== undefined,
    batchSize: B,
  });
  const carried = kernels.program.carried;
  unroll(
    e.plan,
    kernels,
    {
      weights: recurrent.weights,
      packed: recurrent.packed,
      a,
      ...statesByName(states),
      ...(carried > 0 && { carry: e.plan.buffer(`${name}carry_l${l}`, [carried, B, D * H]) }),
      ...(live && { live: live.table }),
    },
    sizes,
    true,
  );

  const rows = timeMajor(states[0], T, B, D * P, B * D * P);
  const y: Signal = { rows, wanted, ...(outputLive && { live: outputLive }) };
  const tape: Tape = { a, states, sizes, recurrent };
  return { y, backward: (gradients, given) => backward(e, layer, x, y, tape, gradients, given) };
}

function statesByName(states: readonly Buffer[]): Record<string, Buffer> {
  return Object.fromEntries(states.map((buffer, s) => [`s${s}`, buffer]));
}

/**
 * The mirror: T steps back, then the gradients of W, R, biases, further matrices, parameters and input. E·T +
 * 2 dispatches; one more for each split product, for parameters, for dX, for dh0 (or where the last exchange
 * gives more than that), and for each state's norms.
 */
function backward(
  e: Emitter,
  layer: Stacked,
  x: Signal,
  y: Signal,
  tape: Tape,
  gradients: Buffer,
  { begin, end, norms }: BackwardOptions,
): void {
  const { cell, directions: D, hiddenSize: H, name, live } = layer;
  const { a, states, recurrent } = tape;
  const { T, B } = x.rows;
  const l = layer.layer;
  const dy = y.gradient;
  const kernels = step(cell, {
    backward: true,
    bias: layer.biasR,
    dy: dy !== undefined,
    norms: norms.length > 0,
    bounded: e.purpose.bounded,
    live: live !== undefined,
    batchSize: B,
  });
  const { carried } = kernels.program;
  const ds = carried * B * D * H;
  const noted = norms.length * D * T * B * H;
  const carry = e.plan.buffer(`${name}dcarry_l${l}`, noted > 0 ? [ds + noted] : [carried, B, D * H]);
  e.plan.before.push({ to: { buffer: carry, at: 0 }, size: ds + noted });
  begin(carry);
  unroll(
    e.plan,
    kernels,
    {
      weights: recurrent.weights,
      a,
      carry,
      ...statesByName(states),
      ...(dy && { dy: dy.buffer }),
      ...(live && { live: live.table }),
    },
    { ...tape.sizes, R: recurrent.at.R, M: recurrent.at.M, ds },
    end !== undefined,
  );
  end?.(carry);

  weightGradients(e, layer, x, tape, gradients);
  if (cell.parameters.length > 0) {
    const first = cell.states.length * B * D * H;
    const ofSequences = { buffer: carry, first, Z: cell.parameters.length, B, row: D * H, N: D * H };
    columnSums(e, ofSequences, gradients, layer.at.p, e.accumulates(layer.at.p));
  }
  const inputs = slotColumns(layer, a, x.rows, 0, cell.rows.W.length);
  inputGradient(e, inputs, inputMap(layer), x, live);
  norms.forEach((norm, s) => {
    const n = D * T * B * H;
    e.plan.dispatch(
      sum,
      { input: carry, out: norm },
      { n, parts: D * T, in_0: ds + s * n, out_0: l * D * T, squares: 1, root: 1, accumulate: 0 },
    );
  });
}
