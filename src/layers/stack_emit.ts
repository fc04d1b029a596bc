// How a stack of recurrent layers emits itself, floor 4: layer by layer forward, with what comes between layers,
// and the same for their gradients in the pass backward.

import type { Expr } from "../cells/expr.js";
import { drop } from "./dropout.js";
import type { Emitter } from "./emitter.js";
import { halvesOf, pointwise } from "./pointwise.js";
import { forward, tapeOf } from "./recurrent.js";
import type { Signal } from "./signal.js";
import type { StackOptions } from "./stack.js";
import { type Stacked, stateSize } from "./stacked.js";
import { finalRows, finish, initialize, type States, statesBackward } from "./states.js";
import { turned } from "./turned.js";

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
  options: Pick<StackOptions, "dropout" | "inputDropout" | "merge" | "processed">,
): Readonly<Record<string, Signal>> {
  const [first] = layers;
  const { cell, name, live } = first;
  const { T, B } = given.x.rows;
  const LD = layers.length * first.directions;
  const { stateful, norms: normed } = e.purpose;
  const wanted = e.isTrained(name, ...Object.values(given));
  const initial = cell.states.map((s) => given[`${s}0`]);
  const isCarried = stateful && initial.every((signal) => !signal);
  const size = (s: number): number => stateSize(first, s);
  const final: (Signal | undefined)[] = [];
  const states: States = {
    initial,
    final,
    carried: cell.states.map((s, k) => (isCarried ? e.carry(`${name}${s}`, [LD, B, size(k)]) : undefined)),
  };
  const norms = normed ? cell.states.map((s) => e.norm(`${name}${s}`, [LD, T])) : [];

  // What lies past an end nobody reads, and a layer that is told no ends reads all.
  let input = given.x.live === live ? given.x : e.settled(given.x);
  input = drop(e, `${name}dropped_l0`, input, options.inputDropout, 1);
  for (const layer of layers) {
    const l = layer.layer;
    if (l > 0) input = drop(e, `${name}dropped_l${l}`, input, options.dropout);
    const tape = tapeOf(e, layer, input.rows);
    cell.states.forEach((s, k) => {
      if (l > 0 || !used.has(`${s}n`)) return;
      const rows = layers.length === 1 ? finalRows(layer, tape, input.rows, k) : undefined;
      final[k] = rows ? { rows, wanted } : e.signal(`${name}${s}n`, { T: LD, B, F: size(k) }, wanted);
    });
    initialize(e, layer, tape, states, input.rows);
    const pass = forward(e, layer, input, tape, wanted);
    finish(e, layer, tape, states, input.rows);
    e.backward((gradients) => {
      const isReached = pass.y.gradient ?? states.final.some((signal) => signal?.gradient);
      if (!isReached && norms.length === 0) return;
      pass.backward(gradients, { norms, ...statesBackward(e, layer, states, B, gradients) });
    });
    input = merged(e, `${name}y_l${l}`, pass.y, options.merge);
    // turned about, a mask's steps are others
    if (options.processed && given.mask) input = e.settled(input);
    if (options.processed) input = turned(e, `${name}turned_l${l}`, input, live);
  }
  const finals = cell.states.flatMap((s, k) => {
    const signal = states.final[k];
    return signal ? [[`${s}n`, signal] as const] : [];
  });
  return { y: input, ...Object.fromEntries(finals) };
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
