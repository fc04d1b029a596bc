// RMSprop as an optimizer, floor 4.

import { max, sqrt } from "../cells/functions.js";
import { checkMomentum, nothingElse, share } from "../errors.js";
import type { Optimizer, Rate } from "./optimizer.js";

export interface RmspropOptions {
  /** 0.01 unless given. */
  lr?: Rate;
  /** How much of the average of squares stays: 0.99 unless given. */
  alpha?: number;
  /** 1e-8 unless given. */
  eps?: number;
  /** Whether the square of the average gradient is taken off: by the variance (Graves 2013). */
  centered?: boolean;
  momentum?: number;
  /** Added to the gradient. */
  weightDecay?: number;
}

/**
 * Tieleman and Hinton (2012): each gradient is divided by the root of its average square. The semantics and
 * defaults of torch.optim.RMSprop.
 *
 * @throws ShapeError if alpha is not at least 0 and below 1, or momentum is below 0.
 */
export function rmsprop(o: RmspropOptions = {}): Optimizer {
  const { lr = 0.01, alpha = 0.99, eps = 1e-8, centered = false, momentum = 0, weightDecay = 0, ...rest } = o;
  nothingElse("rmsprop", o, rest);
  share("rmsprop: alpha", alpha);
  checkMomentum("rmsprop", momentum);
  return {
    kind: "rmsprop",
    "~rule": {
      name: `rmsprop(${[alpha, eps, momentum, ...(centered ? ["centered"] : [])].join(", ")})`,
      lr,
      weightDecay,
      moments: ["v", ...(centered ? ["m"] : []), ...(momentum === 0 ? [] : ["momentum"])],
      next: ({ g, w, lr: rate, decay, moments }) => {
        const gradient = g.add(w.mul(decay));
        const [v, ...others] = moments;
        const squares = v.mul(alpha).add(gradient.mul(gradient).mul(1 - alpha));
        const means = others
          .slice(0, Number(centered))
          .map((before) => before.mul(alpha).add(gradient.mul(1 - alpha)));
        // rounding must not make a variance negative
        const variance = means.reduce((rest, mean) => max(rest.sub(mean.mul(mean)), 0), squares);
        const scaled = gradient.div(sqrt(variance).add(eps));
        const moved = others.slice(means.length).map((before) => before.mul(momentum).add(scaled));
        const [step = scaled] = moved;
        return { w: w.sub(step.mul(rate)), moments: [squares, ...means, ...moved] };
      },
    },
  };
}
