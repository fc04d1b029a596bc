// The twins of kernels that are programs of their own, floor 2: what src/kernels/kernel.ts's Kernel.twin is given. A
// backend on the CPU imports it, and nobody else.

import { elementwiseLossTwin } from "./elementwise_loss_cpu.js";
import type { Kernel, Twin } from "./kernel.js";
import { matmulTwin } from "./matmul_cpu.js";
import { pointwiseTwin } from "./pointwise_cpu.js";
import { sampleTwin } from "./sample_cpu.js";
import { scanTwin, stepTwin } from "./step_twins.js";
import { updateTwin } from "./update_cpu.js";

const twins = {
  elementwiseLoss: elementwiseLossTwin,
  matmul: matmulTwin,
  pointwise: pointwiseTwin,
  sample: sampleTwin,
  scan: scanTwin,
  step: stepTwin,
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
