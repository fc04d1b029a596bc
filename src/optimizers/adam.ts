// Adam and AdamW as optimizers, floor 4.

import { adam as kernel } from "../kernels/adam.js";
import type { Optimizer, OptimizerRule, Rate } from "./optimizer.js";

export interface AdamOptions {
  lr?: Rate;
  betas?: readonly [number, number];
  eps?: number;
  weightDecay?: number;
}

/**
 * Kingma and Ba (2015). Weight decay is added to the gradient. The semantics and defaults of
 * torch.optim.Adam.
 */
export function adam(o: AdamOptions = {}): Optimizer {
  return { kind: "adam", "~rule": rule(0, { weightDecay: 0, ...o }) };
}

/**
 * Loshchilov and Hutter (2019). Weight decay acts on the weights themselves. The semantics and defaults of
 * torch.optim.AdamW.
 */
export function adamw(o: AdamOptions = {}): Optimizer {
  return { kind: "adamw", "~rule": rule(1, { weightDecay: 0.01, ...o }) };
}

function rule(
  decoupled: 0 | 1,
  { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay }: AdamOptions & { weightDecay: number },
): OptimizerRule {
  const [beta1, beta2] = betas;
  return {
    lr,
    moments: ["m", "v"],
    corrections: (update) => [1 - beta1 ** (update + 1), 1 - beta2 ** (update + 1)],
    emit: (plan, { gradients, control, weights, moments: [m, v] }, n) => {
      plan.dispatch(
        kernel,
        { gradients, control, weights, m, v },
        { n, decoupled, beta1, beta2, eps, weight_decay: weightDecay },
      );
    },
  };
}
