// Adagrad as an optimizer, floor 4.

import { sqrt } from "../cells/functions.js";
import { nothingElse } from "../errors.js";
import type { Optimizer, Rate } from "./optimizer.js";

export interface AdagradOptions {
  /** 0.01 unless given. */
  lr?: Rate;
  /** The rate is divided by 1 + lrDecay times the number of updates before. */
  lrDecay?: number;
  /** What the sums of squares begin at. */
  initialAccumulator?: number;
  /** 1e-10 unless given. */
  eps?: number;
  /** Added to the gradient. */
  weightDecay?: number;
}

/**
 * Duchi, Hazan and Singer (2011): each gradient is divided by the root of the sum of its squares so far. The
 * semantics and defaults of torch.optim.Adagrad.
 */
export function adagrad(o: AdagradOptions = {}): Optimizer {
  const { lr = 0.01, lrDecay = 0, initialAccumulator = 0, eps = 1e-10, weightDecay = 0, ...rest } = o;
  nothingElse("adagrad", o, rest);
  return {
    kind: "adagrad",
    "~rule": {
      name: `adagrad(${initialAccumulator}, ${eps})`,
      lr,
      weightDecay,
      moments: ["squares"],
      corrections: (update) => [1 + lrDecay * update, 1],
      next: ({ g, w, lr: rate, decay, correction1, moments: [squares] }) => {
        const gradient = g.add(w.mul(decay));
        // The sum is kept without what it begins at: so moments begin at zero.
        const sum = squares.add(gradient.mul(gradient));
        const scaled = gradient.div(sqrt(sum.add(initialAccumulator)).add(eps));
        return { w: w.sub(rate.div(correction1).mul(scaled)), moments: [sum] };
      },
    },
  };
}
