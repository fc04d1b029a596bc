// The linear layer, floor 4: y = W x + b at every step, and a function of it where asked. PyTorch's nn.Linear.

import { apply } from "../cells/expr.js";
import { matmul } from "../kernels/matmul.js";
import type { LayerDefinition } from "./definition.js";
import type { Emitter } from "./emitter.js";
import { pointwise } from "./pointwise.js";
import { product } from "./product.js";
import { type Signal, strides } from "./signal.js";

export interface LinearOptions {
  readonly bias: boolean;
  readonly activation: "tanh" | "sigmoid" | "relu" | undefined;
}

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
      if (!x) throw new Error(`${name}x is missing`);
      const W = e.arena.get(`${name}weight`).at;
      const b = bias ? e.arena.get(`${name}bias`).at : undefined;
      const z = affine(e, name, x, { I, O, W, b });
      return { y: activation ? pointwise(e, `${name}y`, [z], ([v]) => apply(activation, v)) : z };
    },
  };
}

interface Affine {
  readonly I: number;
  readonly O: number;
  /** First elements of the weight and, if there is one, of the bias. */
  readonly W: number;
  readonly b: number | undefined;
}

function affine(e: Emitter, name: string, x: Signal, { I, O, W, b }: Affine): Signal {
  const { T, B } = x.rows;
  const y = e.signal(`${name}z`, { T, B, F: O }, e.purpose.differentiate);
  e.plan.dispatch(
    matmul,
    { A: x.rows.buffer, B: e.weights, bias: e.weights, C: y.rows.buffer },
    {
      ...product({ M: T * B, N: O, K: I, Z: 1 }),
      r: B,
      ...strides("a", x.rows),
      a_k: 1,
      b_0: W,
      b_n: I,
      b_k: 1,
      c_m1: B * O,
      c_m: O,
      bias: b === undefined ? 0 : 1,
      bias_0: b ?? 0,
    },
  );
  e.backward((gradients) => {
    const dy = y.gradient;
    if (!dy) return;
    e.plan.dispatch(
      matmul,
      { A: dy.buffer, B: x.rows.buffer, bias: x.rows.buffer, C: gradients },
      {
        ...product({ M: O, N: I, K: T * B, Z: 1 }),
        a_m: 1,
        s: B,
        a_k1: B * O,
        a_k: O,
        b_0: x.rows.at,
        b_k1: x.rows.t,
        b_k: x.rows.b,
        b_n: 1,
        c_0: W,
        c_m: I,
        ones: b === undefined ? 0 : 1,
        ones_0: b ?? 0,
        accumulate: e.accumulates(W),
      },
    );
    e.contribute(x, (to, accumulate) => {
      e.plan.dispatch(
        matmul,
        { A: dy.buffer, B: e.weights, bias: e.weights, C: to.buffer },
        {
          ...product({ M: T * B, N: I, K: O, Z: 1 }),
          a_m: O,
          a_k: 1,
          b_0: W,
          b_k: I,
          b_n: 1,
          c_0: to.at,
          c_m: to.b,
          accumulate,
        },
      );
    });
  });
  return y;
}
