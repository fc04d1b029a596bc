// Cross entropy of softmax(output) with a token at each step, floor 4.

import { nothingElse, wrong } from "../errors.js";
import { rowAt } from "../kernels/rows.js";
import { ignored, softmaxCrossEntropyFor } from "../kernels/softmax_cross_entropy.js";
import { strides } from "../layers/signal.js";
import { ordinary } from "../plan/device_class.js";
import { asFloats, type Floats, type Ints } from "../weights/tensors.js";
import { addUp, gradientFor, type Loss, type LossRule, liveRows, type Reduction, scaleOf } from "./loss.js";

export interface CrossEntropyOptions {
  /** A step of this target does not count; -100 unless given. */
  readonly ignoreIndex?: number;
  /** How much a step counts, by its target: [V], each at least 0. All alike unless given. */
  readonly weight?: Floats;
  /** The share of each target that all V classes have alike (Szegedy et al. 2016); 0 unless given. */
  readonly labelSmoothing?: number;
  readonly reduction?: Reduction;
}

/**
 * The mean over the steps that count of log Σ exp(y) - y[target], in nats, or the sum. With `weight` the mean
 * is weighed. Outputs are logits [B, T, V] or [B, V], targets integers [B, T] or [B]. Where no step counts, the
 * loss is 0. PyTorch's CrossEntropyLoss.
 */
export function crossEntropy(o: CrossEntropyOptions = {}): Loss<{ target: Ints }> {
  return { kind: "crossEntropy", "~rule": rule(o) };
}

function rule(o: CrossEntropyOptions): LossRule {
  const { ignoreIndex = -100, weight: byClass, labelSmoothing: smoothing = 0, reduction, ...rest } = o;
  nothingElse("crossEntropy", o, rest);
  if (!(smoothing >= 0 && smoothing <= 1)) {
    throw wrong("crossEntropy: labelSmoothing", smoothing, "from 0 to 1");
  }
  const scale = scaleOf("crossEntropy", reduction);
  return {
    emit: (e, name, given) => {
      const { output, steps, t, b } = given;
      const [M, V] = [output.T * output.B, output.F];
      const classes = classWeights(byClass, V);
      const smooth = smoothing > 0;
      const targets = e.plan.buffer(name, [M], "input", "u32");
      const weights = e.plan.buffer(`${name} weights`, [M], "input");
      const smoothings = smooth ? e.plan.buffer(`${name} smoothing`, [V + 1], "input") : weights;
      const losses = e.plan.buffer(`${name} losses`, [M]);
      const { rows, finish } = gradientFor(e, name, given);
      e.plan.dispatch(
        softmaxCrossEntropyFor(V, (e.purpose.device ?? ordinary).barrier),
        { logits: output.buffer, targets, weights, smoothing: smoothings, dlogits: rows.buffer, losses },
        {
          M,
          V,
          r: output.B,
          ...strides("in", output),
          smooths: smooth ? 1 : 0,
          gradient: given.gradient ? 1 : 0,
        },
      );
      finish();
      addUp(e, losses, given);
      return {
        type: "int",
        shape: steps,
        prepare: (where, data, live) => {
          const ids = new Uint32Array(M).fill(ignored);
          const weight = new Float64Array(M);
          let total = 0;
          for (const m of liveRows(M, live)) {
            const at = rowAt(m, output.B, t, b);
            const id = data[at];
            if (id === ignoreIndex) continue;
            if (id < 0 || id >= V) {
              throw wrong(
                `${where}: the number at ${at}`,
                id,
                `from 0 to ${V - 1}, of the size of the output, or ${ignoreIndex}, the ignoreIndex`,
              );
            }
            ids[m] = id;
            weight[m] = classes[id];
            total += classes[id];
          }
          const factor = scale(total);
          const share = (factor * smoothing) / V;
          const spread = [...classes, classes.reduce((sum, one) => sum + one)];
          return [
            { buffer: targets, data: ids },
            { buffer: weights, data: weight.map((one) => factor * (1 - smoothing) * one) },
            ...(smooth
              ? [{ buffer: smoothings, data: Float64Array.from(spread, (one) => share * one) }]
              : []),
          ];
        },
      };
    },
  };
}

function classWeights(weight: Floats | undefined, V: number): Float64Array {
  if (weight === undefined) return new Float64Array(V).fill(1);
  const classes = Float64Array.from(asFloats("crossEntropy: weight", weight, [V]));
  const at = classes.findIndex((one) => !(one >= 0 && one < 1e38));
  if (at < 0) return classes;
  throw wrong(`crossEntropy: weight ${at}`, classes[at], "at least 0, and finite");
}
