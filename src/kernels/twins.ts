// The twins that every backend on the CPU brings, floor 2: what src/kernels/kernel.ts's Kernel.twin is given. Nobody else
// imports it.

import { addPartsTwin } from "./add_parts.js";
import { byLengthTwin } from "./by_length.js";
import { clipTwin } from "./clip.js";
import { dropoutTwin } from "./dropout.js";
import { elementwiseLossTwin } from "./elementwise_loss_cpu.js";
import type { Kernel, Twin } from "./kernel.js";
import { matmulTwin } from "./matmul_cpu.js";
import { packHalfTwin, packTwin } from "./pack.js";
import { pointwiseTwin } from "./pointwise_cpu.js";
import { sampleTwin } from "./sample_cpu.js";
import { scanTwin, stepTwin } from "./step_twins.js";
import { sumTwin } from "./sum.js";
import { updateTwin } from "./update_cpu.js";

const twins = {
  addParts: addPartsTwin,
  byLength: byLengthTwin,
  clip: clipTwin,
  dropout: dropoutTwin,
  elementwiseLoss: elementwiseLossTwin,
  matmul: matmulTwin,
  pack: packTwin,
  packHalf: packHalfTwin,
  pointwise: pointwiseTwin,
  sample: sampleTwin,
  scan: scanTwin,
  step: stepTwin,
  sum: sumTwin,
  update: updateTwin,
};

export type Twins = typeof twins;

const known = new WeakMap<Kernel, Twin>();

/** The same kernel has the same twin. */
export function twinOf(kernel: Kernel): Twin {
  if ("cpu" in kernel) return kernel;
  const twin = known.get(kernel) ?? kernel.twin(twins);
  known.set(kernel, twin);
  return twin;
}
