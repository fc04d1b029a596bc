// The optimizer of either exercise, whose rate follows the slider.

import { adam, adamw, type Optimizer, sgd } from "webrnn";
import type { Live, OptimizerName } from "../settings.js";

export function optimizerOf(name: OptimizerName, live: Live): Optimizer {
  const lr = () => live.lr;
  if (name === "sgd") {
    return sgd({ lr, momentum: 0.9 });
  }
  return name === "adamw" ? adamw({ lr }) : adam({ lr });
}
