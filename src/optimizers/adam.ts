// Adam and AdamW as optimizers, floor 4.

import { max, sqrt } from "../cells/functions.js";
import { nothingElse, share } from "../errors.js";
import type { Optimizer, Rate } from "./optimizer.js";

export interface AdamOptions {
  /** 1e-3 unless given. */
  lr?: Rate;
  /** How much of the averages of gradients and of their squares stays: 0.9 and 0.999 unless given. */
  betas?: readonly [number, number];
  /** 1e-8 unless given. */
  eps?: number;
  weightDecay?: number;
  /** Whether to divide by the largest average of squares so far (Reddi et al. 2018). */
  amsgrad?: boolean;
}

/**
 * Kingma and Ba (2015). Weight decay is added to the gradient. The semantics and defaults of
 * torch.optim.Adam.
 *
 * @throws ShapeError if a beta is not at least 0 and below 1.
 */
export function adam(o: AdamOptions = {}): Optimizer {
  return optimizer("adam", o, 0);
}

/**
 * Loshchilov and Hutter (2019). Weight decay, 0.01 unless given, acts on the weights themselves. The semantics
 * and defaults of torch.optim.AdamW.
 *
 * @throws ShapeError if a beta is not at least 0 and below 1.
 */
export function adamw(o: AdamOptions = {}): Optimizer {
  return optimizer("adamw", o, 0.01);
}

function optimizer(kind: "adam" | "adamw", o: AdamOptions, usual: number): Optimizer {
  const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = usual, amsgrad = false, ...rest } = o;
  nothingElse(kind, o, rest);
  const [beta1, beta2] = [0, 1].map((k) => share(`${kind}: beta`, betas[k]));
  return {
    kind,
    "~rule": {
      name: `${kind}(${[...betas, eps, ...(amsgrad ? ["amsgrad"] : [])].join(", ")})`,
      lr,
      weightDecay,
      moments: amsgrad ? ["m", "v", "largest"] : ["m", "v"],
      corrections: (update) => [1 - beta1 ** (update + 1), 1 - beta2 ** (update + 1)],
      next: ({ g, w, lr: rate, decay, correction1, correction2, moments: [m, v, ...largest] }) => {
        const isCoupled = kind === "adam";
        const gradient = isCoupled ? g.add(w.mul(decay)) : g;
        const weight = isCoupled ? w : w.sub(w.mul(rate.mul(decay)));
        const mean = m.mul(beta1).add(gradient.mul(1 - beta1));
        const squares = v.mul(beta2).add(gradient.mul(gradient).mul(1 - beta2));
        const most = largest.map((before) => max(before, squares));
        const [scale = squares] = most;
        const step = rate
          .div(correction1)
          .mul(mean)
          .div(sqrt(scale.div(correction2)).add(eps));
        return { w: weight.sub(step), moments: [mean, squares, ...most] };
      },
    },
  };
}
