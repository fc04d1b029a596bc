// Layer normalization of the last axis, floor 4. PyTorch's nn.LayerNorm.

import { layerNorm, normGives } from "../kernels/layer_norm.js";
import { columnSums } from "./affine_backward.js";
import type { LayerDefinition } from "./definition.js";
import { counts, type Rows, strides } from "./signal.js";

export interface LayerNormOptions {
  readonly weight: boolean;
  readonly bias: boolean;
  readonly eps: number;
}

/** One dispatch forward; backward one, two more for the gradient of the weight, one for that of the bias. */
export function layerNormDefinition(N: number, o: LayerNormOptions): LayerDefinition {
  return {
    kind: `layerNorm(${N})`,
    parameters: [
      ...(o.weight ? [{ name: "weight", shape: [N], init: { constant: 1 } }] : []),
      ...(o.bias ? [{ name: "bias", shape: [N], init: { constant: 0 } }] : []),
    ],
    takes: { x: { type: "float", features: N } },
    gives: ({ x }) => ({ y: x }),
    emit: (e, name, { x }) => {
      const { T, B } = x.rows;
      const y = e.signal(`${name}y`, x.rows, e.isTrained(name, x), x.live);
      const [w_0, b_0] = [`${name}weight`, `${name}bias`].map((one) => e.arena.parameters.get(one)?.at ?? 0);
      const emit = (d: Rows, out: Rows, gives: keyof typeof normGives, accumulate: 0 | 1): void => {
        e.plan.dispatch(
          layerNorm,
          { weights: e.weights, input: x.rows.buffer, d: d.buffer, out: out.buffer },
          {
            ...counts(x.rows),
            ...strides("in", x.rows),
            ...strides("out", out),
            weight: Number(o.weight),
            w_0,
            bias: Number(o.bias),
            b_0,
            eps: o.eps,
            gives: normGives[gives],
            accumulate,
          },
        );
      };
      emit(x.rows, y.rows, "y", 0);
      e.withGradient(y, (dy, gradients) => {
        e.contribute(x, (to, accumulate) => emit(dy, to, "dx", accumulate));
        const sumUp = ({ buffer }: Rows, at: number): void => {
          const rows = { buffer, first: 0, Z: 1, B: T * B, N };
          columnSums(e, rows, gradients, at, e.accumulates(at), x.live);
        };
        if (o.bias && !e.isFrozen(b_0)) sumUp(dy, b_0);
        if (!o.weight || e.isFrozen(w_0)) return;
        const { rows: dw } = e.signal(`${name}dw`, x.rows, false);
        emit(dy, dw, "dw", 0);
        sumUp(dw, w_0);
      });
      return { y };
    },
  };
}
