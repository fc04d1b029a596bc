// What a plan costs, floor 3: counted from the plan alone, before a device sees it.

import type { Steps } from "../kernels/kernel.js";
import { bufferBytes, packParams, runBytes } from "./params.js";
import { type Buffer, type Plan, size } from "./plan.js";

export interface Cost {
  readonly dispatches: number;
  readonly submits: number;
  /** Floating-point operations, as the kernels count them. */
  readonly flops: number;
  /**
   * Bytes that dispatches and copies cannot but read and write: exact where a kernel tells them, as products do, else
   * an estimate. Then weights count in full at each dispatch that binds them, any other buffer once for all dispatches
   * of one kernel with the same bindings, since these are steps that share it out among them. What is read and
   * written counts twice; caches are not considered.
   */
  readonly bytes: number;
  /**
   * Bytes of GPU memory: every buffer, those shared with other plans too, and the uniforms `params` and
   * `run`. Exact.
   */
  readonly memory: number;
}

/**
 * Of plans that run one after the other, and share the buffers that both have. steps: which there are, by the
 * tables that kernels bind as `live`; all where it says nothing. alignment: the device's
 * minUniformBufferOffsetAlignment, on which `memory` depends; 256 is the portable one.
 */
export function cost(plans: readonly Plan[], steps?: ReadonlyMap<Buffer, Steps>, alignment = 256): Cost {
  const sum = (of: (plan: Plan) => number): number => plans.reduce((total, plan) => total + of(plan), 0);
  const buffers = new Set(plans.flatMap((plan) => plan.buffers));
  return {
    dispatches: sum((plan) => plan.dispatches.length),
    submits: sum(submits),
    flops: sum(({ dispatches }) =>
      dispatches.reduce(
        (total, { kernel, bound, params }) => total + kernel.flops(params, steps?.get(bound.live)),
        0,
      ),
    ),
    bytes: sum((plan) => moved(plan, steps)),
    memory: [...buffers].reduce(
      (total, buffer) => total + bufferBytes(size(buffer) * 4),
      sum((plan) => uniforms(plan, alignment)),
    ),
  };
}

function submits({ dispatches, before, after, cuts }: Plan): number {
  return dispatches.length + before.length + after.length > 0 ? 1 + cuts.length : 0;
}

function moved(plan: Plan, steps?: ReadonlyMap<Buffer, Steps>): number {
  const seen = new Set<string>();
  let elements = 0;
  for (const { kernel, bound, params } of plan.dispatches) {
    if (kernel.bytes) {
      elements += kernel.bytes(params, steps?.get(bound.live)) / 4;
      continue;
    }
    for (const [name, access] of Object.entries(kernel.bindings)) {
      const buffer = bound[name];
      const key = [kernel.name, name, buffer.name].join();
      if (buffer.role === "weights" || !seen.has(key)) {
        elements += size(buffer) * (access.startsWith("read_write") ? 2 : 1);
      }
      seen.add(key);
    }
  }
  for (const copy of [...plan.before, ...plan.after]) {
    elements += copy.size * (copy.from ? 2 : 1);
  }
  return elements * 4;
}

function uniforms(plan: Plan, alignment: number): number {
  const run = plan.dispatches.some((dispatch) => dispatch.kernel.run) ? runBytes : 0;
  return bufferBytes(packParams(plan, alignment).bytes.byteLength) + run;
}
