// Cross entropy of softmax(output) with a token at each step, floor 4.

import { ShapeError } from "../errors.js";
import { ignored, softmaxCrossEntropy } from "../kernels/softmax_cross_entropy.js";
import type { Ints } from "../weights/tensors.js";
import { addUp, gradientFor, type Loss, type LossRule } from "./loss.js";

/**
 * The mean over the steps that count of log Σ exp(y) - y[target], in nats. Outputs are logits [B, T, V] or
 * [B, V], targets integers [B, T] or [B]. A step whose target is `ignoreIndex` (PyTorch's -100 unless given)
 * does not count; where none counts, the loss is 0.
 */
export function crossEntropy(o: { ignoreIndex?: number } = {}): Loss<{ target: Ints }> {
  const { ignoreIndex = -100 } = o;
  return { kind: "crossEntropy", "~rule": rule(ignoreIndex) };
}

function rule(ignoreIndex: number): LossRule {
  return {
    emit: (e, name, given) => {
      const { output, steps, t, b } = given;
      const [M, V] = [output.T * output.B, output.F];
      const targets = e.plan.buffer(name, steps, "input", "u32");
      const scale = e.plan.buffer(`1/${name}s`, [1], "input");
      const losses = e.plan.buffer(`${name} losses`, [M]);
      const { rows, finish } = gradientFor(e, name, given);
      e.plan.dispatch(
        softmaxCrossEntropy,
        { logits: output.buffer, targets, scale, dlogits: rows.buffer, losses },
        {
          M,
          V,
          r: output.B,
          in_0: output.at,
          in_m1: output.t,
          in_m: output.b,
          targets_m1: t,
          targets_m: b,
          gradient: given.gradient ? 1 : 0,
        },
      );
      finish();
      addUp(e, losses, given);
      return {
        type: "int",
        shape: steps,
        prepare: (where, data) => {
          const ids = Uint32Array.from(data, (id) => (id === ignoreIndex ? ignored : id));
          const wrong = ids.findIndex((id, m) => id >= V && data[m] !== ignoreIndex); // a negative one has become large
          if (wrong >= 0) {
            throw new ShapeError(
              `${where}: it has ${data[wrong]} at ${wrong}, it must be from 0 to ${V - 1}, of the size of the output, ` +
                `or ${ignoreIndex}, which does not count; give crossEntropy({ ignoreIndex }) another.`,
            );
          }
          const counted = ids.reduce((n, id) => n + (id === ignored ? 0 : 1), 0);
          return [
            { buffer: targets, data: ids },
            { buffer: scale, data: Float64Array.of(counted === 0 ? 0 : 1 / counted) },
          ];
        },
      };
    },
  };
}
