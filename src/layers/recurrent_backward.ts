// Back-propagation through time, floor 4: the steps in reverse, then the gradients of a layer's weights and of its
// input as products over all steps at once. Where pre-activations are not kept, they are computed once more, chunk
// by chunk, from the states at its beginning.

import { sum } from "../kernels/sum.js";
import type { Buffer } from "../plan/plan.js";
import { columnSums, inputGradient } from "./affine_backward.js";
import { chunksOf, partsOf } from "./chunks.js";
import type { Emitter } from "./emitter.js";
import { recurrence } from "./recurrence.js";
import { statesByName, steps } from "./recurrent.js";
import type { Signal } from "./signal.js";
import { inputMap, type Stacked, slotColumns, type Tape } from "./stacked.js";
import { unroll } from "./unroll.js";
import { weightGradients } from "./weight_gradients.js";

export interface BackwardOptions {
  /** Puts the gradients of the final states into `carry` [states, B, D·H], which is zero. */
  readonly begin: (carry: Buffer) => void;
  /** Takes the gradients of the initial states from it, where they are wanted. */
  readonly end: ((carry: Buffer) => void) | undefined;
  /** Where |dL/ds_t| of each member's states goes, [layers × directions, T]; none where nobody asks. */
  readonly norms: readonly (readonly Buffer[])[];
}

/**
 * The mirror: T steps back, then the gradients of W, R, biases, further matrices, parameters and input. E·T +
 * 2 dispatches; one more for each split product, for parameters, for dX, for dh0 (or where the last exchange
 * gives more than that), and for each state's norms. In chunks, all but the last two are of each chunk, beside
 * its steps forward.
 */
export function backward(
  e: Emitter,
  layer: Stacked,
  y: Signal,
  tape: Tape,
  gradients: Buffer,
  { begin, end, norms }: BackwardOptions,
): void {
  const { cell, directions: D, members, hiddenSize: H, name, live, layer: l } = layer;
  const { a, states, recurrent } = tape;
  const { T, B } = tape.sizes;
  const dy = y.gradient;
  const kernels = recurrence(e, layer, tape, {
    backward: true,
    dy: dy !== undefined,
    norms: norms.length > 0,
    bounded: e.purpose.bounded ?? false,
  });
  const { carried } = kernels.program;
  const ds = carried * B * D * H;
  const noted = norms.length > 0 ? cell.states.length * D * T * B * H : 0;
  const carry = e.plan.buffer(`${name}dcarry_l${l}`, noted > 0 ? [ds + noted] : [carried, B, D * H]);
  e.plan.before.push({ to: { buffer: carry, at: 0 }, size: ds + noted });
  begin(carry);
  const chunks = chunksOf(T, layer.chunk);
  for (const chunk of chunks.toReversed()) {
    if (chunks.length > 1) steps(e, layer, tape, chunk, true);
    const { first, count } = chunk;
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
      { ...tape.sizes, R: recurrent.at.R, M: recurrent.at.M, ds, first, chunk: count },
      T - first - count,
      end !== undefined || first > 0,
    );
    for (const part of partsOf(layer, tape, chunk)) {
      weightGradients(e, layer, tape, part, gradients);
      const columns = slotColumns(layer, a, part, 0, cell.rows.W.length);
      inputGradient(e, columns, inputMap(layer), part.x, part.live, part.T < T ? part : undefined);
    }
  }
  end?.(carry);

  if (cell.parameters.length > 0) {
    const first = cell.states.length * B * D * H;
    const ofSequences = { buffer: carry, first, Z: cell.parameters.length, B, row: D * H, N: D * H };
    columnSums(e, ofSequences, gradients, layer.at.p, e.accumulates(layer.at.p));
  }
  const parts = (D / members) * T;
  const n = parts * B * H;
  norms.forEach((states, m) => {
    states.forEach((norm, s) => {
      const in_0 = ds + (s * members + m) * n;
      const params = { n, parts, in_0, out_0: l * parts, squares: 1, root: 1, accumulate: 0 };
      e.plan.dispatch(sum, { input: carry, out: norm }, params);
    });
  });
}
