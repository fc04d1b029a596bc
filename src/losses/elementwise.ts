// Losses that compare number with number, floor 4: each is an expression of the two, and its gradient the
// expression's.

import type { Expr } from "../cells/expr.js";
import { abs, exp, log, relu, select } from "../cells/functions.js";
import { nothingElse, wrong } from "../errors.js";
import { elementwiseLoss } from "../kernels/elementwise_loss.js";
import { rowAt } from "../kernels/rows.js";
import { strides } from "../layers/signal.js";
import type { Floats } from "../weights/tensors.js";
import { addUp, gradientFor, type Loss, liveRows, type Reduction, scaleOf } from "./loss.js";

/**
 * The mean over all numbers of the steps that count, or the sum, of (y - target)². Targets have the output's
 * shape. PyTorch's MSELoss.
 */
export function squaredError(o: { reduction?: Reduction } = {}): Loss<{ target: Floats }> {
  return elementwise("squaredError", o, (y, target) => {
    const difference = y.sub(target);
    return difference.mul(difference);
  });
}

/**
 * The mean over all numbers of the steps that count, or the sum, of Huber's loss (1964): half the square of
 * y - target up to `delta` (1 unless given), from there on its tangent. PyTorch's HuberLoss.
 */
export function huber(o: { delta?: number; reduction?: Reduction } = {}): Loss<{ target: Floats }> {
  const { delta = 1, ...others } = o;
  nothingElse("huber", o);
  if (!(delta > 0 && delta < 1e38)) {
    throw wrong("huber: delta", delta, "a positive number");
  }
  return elementwise(`huber(${delta})`, others, (y, target) => {
    const difference = y.sub(target);
    const size = abs(difference);
    return select(size.sub(delta), size.sub(delta / 2).mul(delta), difference.mul(difference).mul(0.5));
  });
}

/**
 * The mean over all numbers of the steps that count, or the sum, of -log of the probability that sigmoid(y)
 * gives the target, in nats. Outputs are logits; targets, of the output's shape, are from 0 to 1. PyTorch's
 * BCEWithLogitsLoss.
 */
export function binaryCrossEntropy(o: { reduction?: Reduction } = {}): Loss<{ target: Floats }> {
  // log(1 + exp(y)) without overflow
  const softplus = (y: Expr): Expr => relu(y).add(log(exp(abs(y).neg()).add(1)));
  return elementwise("binaryCrossEntropy", o, (y, target) => softplus(y).sub(y.mul(target)), [0, 1]);
}

/** within: the bounds of a target that counts. */
function elementwise(
  kind: string,
  o: { reduction?: Reduction },
  f: (y: Expr, target: Expr) => Expr,
  within?: readonly [number, number],
): Loss<{ target: Floats }> {
  const { reduction, ...rest } = o;
  nothingElse(kind, o, rest);
  const scale = scaleOf(kind, reduction);
  const kernel = elementwiseLoss(kind, f);
  return {
    kind,
    "~rule": {
      emit: (e, name, given) => {
        const { output, steps, t, b } = given;
        const [M, N] = [output.T * output.B, output.F];
        const targets = e.plan.buffer(name, [...steps, N], "input");
        const weights = e.plan.buffer(`${name} weights`, [M], "input");
        const losses = e.plan.buffer(`${name} losses`, [M]);
        const { rows, finish } = gradientFor(e, name, given);
        e.plan.dispatch(
          kernel,
          { prediction: output.buffer, targets, weights, dprediction: rows.buffer, losses },
          {
            M,
            N,
            r: output.B,
            ...strides("in", output),
            target_m1: t * N,
            target_m: b * N,
            gradient: given.gradient ? 1 : 0,
          },
        );
        finish();
        addUp(e, losses, given);
        return {
          type: "float",
          shape: [...steps, N],
          prepare: (where, data, live) => {
            const counted = liveRows(M, live);
            const weight = new Float64Array(M);
            for (const m of counted) {
              weight[m] = scale(counted.length * N);
              if (within) ensureWithin(where, data, N * rowAt(m, output.B, t, b), N, within);
            }
            return [
              { buffer: targets, data: Float64Array.from(data) },
              { buffer: weights, data: weight },
            ];
          },
        };
      },
    },
  };
}

function ensureWithin(
  where: string,
  data: ArrayLike<number>,
  first: number,
  count: number,
  [least, most]: readonly [number, number],
): void {
  for (let at = first; at < first + count; at += 1) {
    if (data[at] >= least && data[at] <= most) continue;
    throw wrong(`${where}: the number at ${at}`, data[at], `from ${least} to ${most}`);
  }
}
