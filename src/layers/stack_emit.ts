// How a stack of recurrent layers emits itself, floor 4: layer by layer forward, with initial states put into
// the first slots and final ones taken from the last; and the same for their gradients in the pass backward.

import type { Buffer } from "../plan/plan.js";
import { drop } from "./dropout.js";
import type { Emitter } from "./emitter.js";
import { forward, type Pass, stateBuffers } from "./recurrent.js";
import type { Rows, Signal } from "./signal.js";
import type { Stacked } from "./stacked.js";

/** One entry for each of a cell's states. */
type PerState<X> = readonly (X | undefined)[];

/**
 * Emits all layers; gives y, and the final states that are used. One dispatch for each state, layer and
 * direction that is given, given back, or wanted as a gradient; those that are carried are copies outside the
 * pass where they lie in one piece.
 */
export function emitStack(
  e: Emitter,
  layers: readonly Stacked[],
  given: Readonly<Record<string, Signal>>,
  used: ReadonlySet<string>,
  dropped: number,
): Readonly<Record<string, Signal>> {
  const { cell, directions: D, hiddenSize: H, name } = layers[0];
  const { T, B } = given.x.rows;
  const LD = layers.length * D;
  const { stateful, norms: normed } = e.purpose;
  const wanted = e.isTrained(name, ...Object.values(given));
  const initial: PerState<Signal> = cell.states.map((s) => given[`${s}0`]);
  const final = cell.states.map((s) =>
    used.has(`${s}n`) ? e.signal(`${name}${s}n`, { T: LD, B, F: H }, wanted) : undefined,
  );
  const isCarried = stateful && initial.every((signal) => !signal);
  const carried = cell.states.map((s) => (isCarried ? e.carry(`${name}${s}`, [LD, B, H]) : undefined));
  const norms = normed ? cell.states.map((s) => e.norm(`${name}${s}`, [LD, T])) : [];

  let input = given.x;
  for (const layer of layers) {
    if (layer.layer > 0 && dropped > 0) input = drop(e, `${name}dropped_l${layer.layer}`, input, dropped);
    const pass = emitLayer(e, layer, input, { initial, carried, final, wanted });
    e.backward((gradients) => {
      const isReached = pass.y.gradient ?? final.some((signal) => signal?.gradient);
      if (isReached || norms.length > 0) emitBackward(e, layer, pass, gradients, { initial, final, norms });
    });
    input = pass.y;
  }
  const finals = cell.states.flatMap((s, k) => (final[k] ? [[`${s}n`, final[k]] as const] : []));
  return { y: input, ...Object.fromEntries(finals) };
}

function emitLayer(
  e: Emitter,
  layer: Stacked,
  x: Signal,
  {
    initial,
    carried,
    final,
    wanted,
  }: { initial: PerState<Signal>; carried: PerState<Rows>; final: PerState<Signal>; wanted: boolean },
): Pass {
  const { T } = x.rows;
  const states = stateBuffers(e, layer, x.rows);
  const slot = (s: number, at: number, d: number): Rows => slotRows(layer, states[s], x.rows.B, at, d);
  eachState(layer, (s, d, index) => {
    const to = slot(s, isReversed(layer, d) ? T + 1 : 0, d);
    const kept = carried[s];
    const from = initial[s];
    if (from) e.copy(stateRows(from.rows, index), to);
    else if (kept) e.transfer(stateRows(kept, index), to, "before");
  });
  const pass = forward(e, layer, x, states, wanted);
  eachState(layer, (s, d, index) => {
    const from = slot(s, isReversed(layer, d) ? 1 : T, d);
    const to = final[s];
    const kept = carried[s];
    if (to) e.copy(from, stateRows(to.rows, index));
    if (kept) e.transfer(from, stateRows(kept, index), "after");
  });
  return pass;
}

function emitBackward(
  e: Emitter,
  layer: Stacked,
  pass: Pass,
  gradients: Buffer,
  { initial, final, norms }: { initial: PerState<Signal>; final: PerState<Signal>; norms: readonly Buffer[] },
): void {
  const { B } = pass.y.rows;
  const isWanted = initial.some((signal) => signal?.wanted);
  pass.backward(gradients, {
    norms,
    begin: (carry) => {
      eachState(layer, (s, d, index) => {
        const from = final[s]?.gradient;
        if (from) e.copy(stateRows(from, index), slotRows(layer, carry, B, s, d));
      });
    },
    end: isWanted
      ? (carry) => {
          eachState(layer, (s, d, index) => {
            const to = initial[s];
            if (!to) return;
            const from = slotRows(layer, carry, B, s, d);
            const emit = (rows: Rows, accumulate: 0 | 1) => e.copy(from, stateRows(rows, index), accumulate);
            e.contribute(to, emit, "in parts");
          });
        }
      : undefined,
  });
}

/** Calls f for every state and direction of a layer, with its row in [layers × directions]. */
function eachState(layer: Stacked, f: (s: number, d: number, index: number) => void): void {
  layer.cell.states.forEach((_, s) => {
    for (let d = 0; d < layer.directions; d++) f(s, d, layer.layer * layer.directions + d);
  });
}

function isReversed(layer: Stacked, d: number): boolean {
  return ((layer.reversed >> d) & 1) === 1;
}

/** The rows of one layer and direction of [layers × directions, B, H], as [1, B, H]. */
function stateRows(state: Rows, index: number): Rows {
  return { ...state, at: state.at + index * state.t, T: 1 };
}

/** Direction d of a slot of [slots, B, D·H], as [1, B, H]. */
function slotRows(
  { directions: D, hiddenSize: H }: Stacked,
  buffer: Buffer,
  B: number,
  slot: number,
  d: number,
): Rows {
  return { buffer, at: slot * B * D * H + d * H, T: 1, B, F: H, t: B * D * H, b: D * H };
}
