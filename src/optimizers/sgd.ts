// Gradient descent as an optimizer, floor 4.

import { checkMomentum, nothingElse, wrong } from "../errors.js";
import type { Optimizer, Rate } from "./optimizer.js";

/**
 * Stochastic gradient descent, with momentum (Sutskever et al. 2013) and weight decay, which is added to the
 * gradient. The semantics of torch.optim.SGD.
 *
 * @throws ShapeError if momentum is not at least 0, or is 0 with nesterov.
 */
export function sgd(o: { lr: Rate; momentum?: number; nesterov?: boolean; weightDecay?: number }): Optimizer {
  const { lr, momentum = 0, nesterov = false, weightDecay = 0, ...rest } = o;
  nothingElse("sgd", o, rest);
  checkMomentum("sgd", momentum);
  if (nesterov && momentum === 0) {
    throw wrong("sgd: momentum", momentum, "above 0 with nesterov");
  }
  return {
    kind: "sgd",
    "~rule": {
      name: `sgd(${momentum}${nesterov ? ", nesterov" : ""})`,
      lr,
      weightDecay,
      moments: momentum === 0 ? [] : ["momentum"],
      next: ({ g, w, lr: rate, decay, moments }) => {
        const gradient = g.add(w.mul(decay));
        const moved = moments.map((before) => before.mul(momentum).add(gradient));
        const [last = gradient] = moved;
        const step = nesterov ? gradient.add(last.mul(momentum)) : last;
        return { w: w.sub(step.mul(rate)), moments: moved };
      },
    },
  };
}
