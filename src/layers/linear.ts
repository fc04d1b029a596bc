// The linear layer, floor 4: y = W x + b at every step, and a function of it where asked. PyTorch's
// nn.Linear.

import { apply } from "../cells/expr.js";
import { affine, inputGradient, type Place, weightGradient } from "./affine.js";
import type { LayerDefinition } from "./definition.js";
import { pointwise } from "./pointwise.js";

export interface LinearOptions {
  readonly bias: boolean;
  readonly activation: "tanh" | "sigmoid" | "relu" | undefined;
}

/**
 * One dispatch forward; two backward, or one where nobody wants the gradient of x. An activation is one more
 * each way.
 */
export function linearDefinition(I: number, O: number, { bias, activation }: LinearOptions): LayerDefinition {
  const init = { bound: 1 / Math.sqrt(I) };
  return {
    kind: `linear(${I}, ${O})`,
    parameters: [
      { name: "weight", shape: [O, I], init },
      ...(bias ? [{ name: "bias", shape: [O], init }] : []),
    ],
    takes: { x: { type: "float", features: I } },
    gives: ({ x }) => ({ y: { ...x, features: O } }),
    emit: (e, name, { x }) => {
      const { T, B } = x.rows;
      const b = bias ? { at: e.arena.get(`${name}bias`).at, apart: 0 } : undefined;
      const W: Place = { at: e.arena.get(`${name}weight`).at, apart: 0, bias: b };
      const z = e.signal(`${name}z`, { T, B, F: O }, e.isTrained(name, x), x.live);
      const columns = { buffer: z.rows.buffer, T, B, D: 1, width: O, first: 0, count: O };
      affine(e, x.rows, W, columns, x.live);
      e.backward((gradients) => {
        if (!z.gradient) return;
        const dz = { ...columns, buffer: z.gradient.buffer };
        weightGradient(e, dz, x.rows, 0, W, gradients, e.accumulates(W.at), x.live);
        inputGradient(e, dz, W, x, x.live);
      });
      return { y: activation ? pointwise(e, `${name}y`, [z], ([v]) => apply(activation, v)) : z };
    },
  };
}
