// How a stack of recurrent layers emits itself, floor 4: layer by layer forward, with what comes between layers,
// and the same for their gradients in the pass backward.

import type { Expr } from "../cells/expr.js";
import type { Called } from "./definition.js";
import { drop } from "./dropout.js";
import type { Emitter } from "./emitter.js";
import { halvesOf, pointwise } from "./pointwise.js";
import { forward, tapeOf } from "./recurrent.js";
import { type Signal, shareOf } from "./signal.js";
import type { StackOptions } from "./stack.js";
import { type Stacked, stateSize } from "./stacked.js";
import { finalRows, finish, initialize, type States, statesBackward } from "./states.js";
import { turned } from "./turned.js";

/**
 * Emits all layers; gives y, and the final states that are used, of each call. One dispatch for each state, layer
 * and direction that is given, given back, or wanted as a gradient; those that are carried are copies outside the
 * pass where they lie in one piece.
 */
export function emitStack(
  e: Emitter,
  layers: readonly Stacked[],
  calls: readonly Called[],
  options: Pick<StackOptions, "dropout" | "inputDropout" | "merge" | "processed">,
): Readonly<Record<string, Signal>>[] {
  const [first] = layers;
  const { cell, name, live, members } = first;
  const [{ given }] = calls;
  const { T, B } = given.x.rows;
  const LD = (layers.length * first.directions) / members;
  const wanted = calls.some((call) => e.isTrained(call.name, ...Object.values(call.given)));
  const states = calls.map((call) => statesOf(e, first, call, [LD, B]));
  const norms = (e.purpose.norms ? calls : []).map((call) =>
    cell.states.map((s) => e.norm(`${call.name}${s}`, [LD, T])),
  );

  const all = calls.map((call) => call.given.x);
  // products of the same are one
  let inputs = (all.every((x) => x === given.x) ? [given.x] : all).map((x) => {
    // What lies past an end nobody reads, and a layer that is told no ends reads all.
    const settled = x.live === live ? x : e.settled(x);
    return drop(e, `${name}dropped_l0`, settled, options.inputDropout, 1);
  });
  for (const layer of layers) {
    const l = layer.layer;
    if (l > 0) inputs = inputs.map((x) => drop(e, `${name}dropped_l${l}`, x, options.dropout));
    const tape = tapeOf(e, layer, inputs);
    states.forEach(({ final }, m) => {
      cell.states.forEach((s, k) => {
        if (l > 0 || !calls[m].used.has(`${s}n`)) return;
        const rows = LD === 1 ? finalRows(layer, tape, k, m) : undefined;
        const F = stateSize(first, k);
        final[k] = rows ? { rows, wanted } : e.signal(`${calls[m].name}${s}n`, { T: LD, B, F }, wanted);
      });
    });
    initialize(e, layer, tape, states);
    const pass = forward(e, layer, tape, wanted);
    finish(e, layer, tape, states);
    e.backward((gradients) => {
      const finals = states.flatMap(({ final }) => final);
      const isReached = pass.y.gradient ?? finals.some((signal) => signal?.gradient);
      if (!isReached && norms.length === 0) return;
      pass.backward(gradients, { norms, ...statesBackward(e, layer, states, B, gradients) });
    });
    let y = merged(e, `${name}y_l${l}`, pass.y, options.merge);
    // turned about, a mask's steps are others
    if (options.processed && given.mask) y = e.settled(y);
    if (options.processed) y = turned(e, `${name}turned_l${l}`, y, live);
    inputs = calls.map((_, m) => shareOf(y, m, members));
  }
  return states.map(({ final }, m) => {
    const finals = cell.states.flatMap((s, k) => (final[k] ? [[`${s}n`, final[k]] as const] : []));
    return { y: inputs[m], ...Object.fromEntries(finals) };
  });
}

/** The states of one call; final ones are filled in as they come. */
function statesOf(
  e: Emitter,
  layer: Stacked,
  { name, given }: Called,
  [LD, B]: readonly [number, number],
): States & { readonly final: (Signal | undefined)[] } {
  const initial = layer.cell.states.map((s) => given[`${s}0`]);
  const isCarried = e.purpose.stateful && initial.every((signal) => !signal);
  const carried = layer.cell.states.map((s, k) =>
    isCarried ? e.carry(`${name}${s}`, [LD, B, stateSize(layer, k)]) : undefined,
  );
  return { initial, final: [], carried };
}

/** What becomes of two directions' outputs: side by side as they lie, or one number of two. */
function merged(e: Emitter, name: string, y: Signal, how: StackOptions["merge"]): Signal {
  if (how === "concat") return y;
  const f = (a: Expr, b: Expr): Expr => {
    if (how === "product") return a.mul(b);
    return how === "sum" ? a.add(b) : a.add(b).mul(0.5);
  };
  return pointwise(e, name, halvesOf(e, y), ([a, b]) => f(a, b));
}
