// The linear layer, floor 4: y = W x + b at every step, and a function of it where asked. PyTorch's
// nn.Linear.

import { affine, type Place } from "./affine.js";
import { inputGradient, weightGradient } from "./affine_backward.js";
import type { LayerDefinition } from "./definition.js";
import type { Emitter } from "./emitter.js";
import { throughFunction } from "./pointwise.js";
import type { Signal } from "./signal.js";

export interface LinearOptions {
  readonly bias: boolean;
  readonly activation: "tanh" | "sigmoid" | "relu" | undefined;
}

/**
 * One dispatch forward; two backward, or one where nobody wants the gradient of x; with an activation one more
 * backward.
 */
export function linearDefinition(I: number, O: number, { bias, activation }: LinearOptions): LayerDefinition {
  const init = { bound: 1 / Math.sqrt(I) };
  return {
    kind: `linear(${I}, ${O})`,
    parameters: [
      { name: "weight", shape: [O, I], init, packed: "float16" },
      ...(bias ? [{ name: "bias", shape: [O], init }] : []),
    ],
    takes: { x: { type: "float", features: I } },
    gives: ({ x }) => ({ y: { ...x, features: O } }),
    emit: (e, name, { x }) => ({
      y: project(e, x, `${name}weight`, bias ? `${name}bias` : undefined, activation),
    }),
  };
}

/** f(W x + b), where W and b are the parameters of these names; without a bias, f(W x). */
export function project(
  e: Emitter,
  x: Signal,
  weight: string,
  bias: string | undefined,
  activation?: LinearOptions["activation"],
): Signal {
  const { T, B } = x.rows;
  const { at, shape, packed, packedAt } = e.arena.get(weight);
  const [O] = shape;
  const ofBias = bias ? { at: e.arena.get(bias).at, apart: 0 } : undefined;
  const W: Place = { at, apart: 0, packedAt: packed ? packedAt : undefined, bias: ofBias };
  const isWanted = e.isTrained(weight, x) || (bias !== undefined && e.isTrained(bias));
  const y = e.signal(weight.replace(/weight$/, activation ? "y" : "z"), { T, B, F: O }, isWanted, x.live);
  const columns = { buffer: y.rows.buffer, T, B, D: 1, width: O, first: 0, count: O };
  affine(e, x.rows, W, columns, x.live, { activation, freedom: T === 1 ? "alone" : undefined });
  e.withGradient(y, (dy, gradients) => {
    const { buffer } = activation ? throughFunction(e, activation, y.rows, dy) : dy;
    const dz = { ...columns, buffer };
    weightGradient(e, dz, x.rows, 0, W, gradients, x.live);
    inputGradient(e, dz, W, x, x.live);
  });
  return y;
}
