// Gradient descent as an optimizer, floor 4.

import { ShapeError } from "../errors.js";
import { sgd as kernel } from "../kernels/sgd.js";
import type { Optimizer, Rate } from "./optimizer.js";

/**
 * Stochastic gradient descent, with momentum (Sutskever et al. 2013) and weight decay. The semantics of
 * torch.optim.SGD.
 */
export function sgd(o: { lr: Rate; momentum?: number; nesterov?: boolean; weightDecay?: number }): Optimizer {
  const { lr, momentum = 0, nesterov = false, weightDecay = 0 } = o;
  if (nesterov && momentum === 0) {
    throw new ShapeError(
      "sgd: nesterov is true and momentum is 0; it must be above 0. Give a momentum, such as 0.9.",
    );
  }
  return {
    kind: "sgd",
    "~rule": {
      lr,
      moments: momentum === 0 ? [] : ["momentum"],
      corrections: () => [1, 1],
      emit: (plan, { gradients, control, weights, moments }, n) => {
        const moment = moments[0] ?? plan.buffer("no momentum", [1]);
        plan.dispatch(
          kernel,
          { gradients, control, weights, momentum: moment },
          { n, nesterov: nesterov ? 1 : 0, momentum, weight_decay: weightDecay },
        );
      },
    },
  };
}
