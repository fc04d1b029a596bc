// Initial and final states of a recurrent layer, floor 4: put into the first slots and taken from the last, which
// lie by a sequence's length where lengths differ; and the same for their gradients.

import { copyByLength } from "../kernels/by_length.js";
import { isReversed } from "../kernels/step_places.js";
import { type Buffer, size } from "../plan/plan.js";
import { columnSums } from "./affine_backward.js";
import type { Chunk } from "./chunks.js";
import type { Emitter } from "./emitter.js";
import type { BackwardOptions } from "./recurrent_backward.js";
import { type Rows, repeated, type Signal, strides } from "./signal.js";
import { type Stacked, stateSize, type Tape } from "./stacked.js";

/** One entry for each of a cell's states. */
type PerState<X> = readonly (X | undefined)[];

/** Of a whole stack, or of a member of it, [layers × directions, B, H]. */
export interface States {
  readonly initial: PerState<Signal>;
  readonly final: PerState<Signal>;
  /** What is kept from run to run. */
  readonly carried: PerState<Rows>;
}

/** Initial states into the first slots: those given, carried or learned; where there are none they are zero. */
export function initialize(e: Emitter, layer: Stacked, tape: Tape, states: readonly States[]): void {
  eachState(layer, (s, d, index, member) => {
    const { initial, carried } = states[member];
    // of a direction that reads from the end, the slot after the last step's
    const to = slotOf(layer, tape, s, d, isReversed(layer.reversed, d) ? { beyond: 1 } : { at: 0 }, "first");
    const kept = carried[s];
    const signal = initial[s];
    if (signal) move(e, layer, stateRows(signal.rows, index), to, "in");
    else if (kept) move(e, layer, stateRows(kept, index), to, "in", "before");
    else if (layer.learned)
      move(e, layer, repeated(e.weights, layer.learned(s, d), tape.sizes.B, stateSize(layer, s)), to, "in");
    // where a sequence ends now, a longer one may have left a state
    else if (to.byLength)
      e.plan.before.push({ to: { buffer: to.rows.buffer, at: 0 }, size: size(to.rows.buffer) });
  });
}

/** The slot that the final state is in. */
function lastSlot(layer: Stacked, tape: Tape, s: number, d: number): Slot {
  return slotOf(layer, tape, s, d, isReversed(layer.reversed, d) ? { at: 1 } : { beyond: 0 }, "last");
}

/** Where the final state of a direction lies already, if it is in one place for all sequences. */
export function finalRows(layer: Stacked, tape: Tape, s: number, d: number): Rows | undefined {
  const { rows, byLength } = lastSlot(layer, tape, s, d);
  return byLength ? undefined : rows;
}

/** Final states from the last slots, to whoever reads them and to the next run. */
export function finish(e: Emitter, layer: Stacked, tape: Tape, states: readonly States[]): void {
  eachState(layer, (s, d, index, member) => {
    const { final, carried } = states[member];
    const from = lastSlot(layer, tape, s, d);
    const to = final[s];
    const kept = carried[s];
    if (to && to.rows.buffer !== from.rows.buffer) move(e, layer, stateRows(to.rows, index), from, "out");
    if (kept) move(e, layer, stateRows(kept, index), from, "out", "after");
  });
}

/** What the pass backward does about initial and final states. */
export function statesBackward(
  e: Emitter,
  layer: Stacked,
  states: readonly States[],
  B: number,
  gradients: Buffer,
): Pick<BackwardOptions, "begin" | "end"> {
  const { directions: D, hiddenSize: H } = layer;
  const inCarry = (carry: Buffer, s: number, d: number): Rows => ({
    buffer: carry,
    at: s * B * D * H + d * H,
    T: 1,
    B,
    F: stateSize(layer, s),
    t: B * D * H,
    b: D * H,
  });
  const isLearned = ({ initial, carried }: States, s: number): boolean =>
    layer.learned !== undefined && initial[s] === undefined && carried[s] === undefined;
  const isWanted = states.some((of) =>
    layer.cell.states.some((_, s) => of.initial[s]?.wanted || isLearned(of, s)),
  );
  return {
    begin: (carry) => {
      eachState(layer, (s, d, index, member) => {
        const { initial, final } = states[member];
        const from = final[s]?.gradient;
        if (from) e.copy(stateRows(from, index), inCarry(carry, s, d));
        // another call, to which none was given, may have left the gradient of the learned one
        if (!layer.learned || !initial[s] || e.purpose.adds) return;
        e.plan.before.push({ to: { buffer: gradients, at: layer.learned(s, d) }, size: stateSize(layer, s) });
      });
    },
    end: isWanted
      ? (carry) => {
          eachState(layer, (s, d, index, member) => {
            const to = states[member].initial[s];
            const from = inCarry(carry, s, d);
            if (to) {
              e.contribute(
                to,
                (rows, accumulate) => e.copy(from, stateRows(rows, index), accumulate),
                "in parts",
              );
            } else if (isLearned(states[member], s)) {
              const at = layer.learned?.(s, d) ?? 0;
              if (e.isFrozen(at)) return;
              const rows = { buffer: carry, first: from.at, Z: 1, B, row: D * H, N: from.F };
              columnSums(e, rows, gradients, at, e.accumulates(at));
            }
          });
        }
      : undefined,
  };
}

/** A slot of a state's buffer, as [1, B, size]; `byLength`: further by so many slots as its sequence has steps. */
interface Slot {
  readonly rows: Rows;
  readonly byLength: boolean;
}

/**
 * at: this slot. beyond: so many after a sequence's last step's time. Where time is cut into chunks, states but the
 * output have their first and last ones elsewhere.
 */
function slotOf(
  layer: Stacked,
  tape: Tape,
  s: number,
  d: number,
  place: { readonly at: number } | { readonly beyond: number },
  end: "first" | "last",
): Slot {
  const { T, B } = tape.sizes;
  const starts = tape.starts[s];
  if (starts) {
    const at = end === "first" ? 0 : starts.shape[0] - 1;
    return { rows: slotRows(layer, starts, s, at, d, B), byLength: false };
  }
  const byLength = "beyond" in place && layer.live !== undefined;
  const slot = "at" in place ? place.at : place.beyond + (byLength ? 0 : T);
  return { rows: slotRows(layer, tape.states[s], s, slot, d, B), byLength };
}

/** Direction d of a slot of [slots, B, D·size], as [1, B, size]. */
function slotRows(layer: Stacked, buffer: Buffer, s: number, slot: number, d: number, B: number): Rows {
  const F = stateSize(layer, s);
  const width = layer.directions * F;
  return { buffer, at: slot * B * width + d * F, T: 1, B, F, t: B * width, b: width };
}

/**
 * States but the output, where time is cut into chunks: those at the beginning of a chunk come from where they are
 * kept to where its steps look for them; those at its end go there, for the next chunk.
 */
export function hand(
  e: Emitter,
  layer: Stacked,
  tape: Tape,
  { index, count }: Chunk,
  end: "first" | "last",
): void {
  const isFirst = end === "first";
  eachState(layer, (s, d) => {
    const starts = tape.starts[s];
    if (!starts) return;
    const { B } = tape.sizes;
    const [before, after] = isReversed(layer.reversed, d) ? [count + 1, 1] : [0, count];
    const kept = slotRows(layer, starts, s, isFirst ? index : index + 1, d, B);
    const slot = slotRows(layer, tape.states[s], s, isFirst ? before : after, d, B);
    if (isFirst) e.copy(kept, slot);
    else e.copy(slot, kept);
  });
}

/** A state into its slot or out of it. when: a copy outside the pass, where both lie in one piece. */
function move(
  e: Emitter,
  { live }: Stacked,
  state: Rows,
  { rows, byLength }: Slot,
  way: "in" | "out",
  when?: "before" | "after",
): void {
  const [from, to] = way === "in" ? [state, rows] : [rows, state];
  if (live && byLength) {
    const { B, F } = rows;
    e.plan.dispatch(
      copyByLength,
      { input: from.buffer, out: to.buffer, live: live.table },
      {
        M: B,
        N: F,
        r: B,
        T: live.T,
        ...strides("in", from),
        in_len: way === "out" ? rows.t : 0,
        ...strides("out", to),
        out_len: way === "in" ? rows.t : 0,
        turned: 0,
        accumulate: 0,
      },
    );
  } else if (when) e.transfer(from, to, when);
  else e.copy(from, to);
}

/** Calls f for every state and direction of a layer, with its row in its member's [layers × directions]. */
function eachState(
  { cell, directions: D, members, layer }: Stacked,
  f: (s: number, d: number, index: number, member: number) => void,
): void {
  const each = D / members;
  cell.states.forEach((_, s) => {
    for (let d = 0; d < D; d++) f(s, d, layer * each + (d % each), Math.floor(d / each));
  });
}

/** The rows of one layer and direction of [layers × directions, B, H], as [1, B, H]. */
function stateRows(state: Rows, index: number): Rows {
  return { ...state, at: state.at + index * state.t, T: 1 };
}
