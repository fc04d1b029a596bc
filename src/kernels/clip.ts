// The second half of the gradients' norm: how an update scales its gradients, whether it happens at all, and
// its entry in the ring of metrics. As torch.nn.utils.clip_grad_norm_.

import wgsl from "../../shaders/clip.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import { defineKernel, link } from "./kernel.js";
import { unbounded } from "./update.js";

/**
 * control[0] = min(1, run.clip / (norm + 1e-6)), or 1 if run.clip is 0 or clipping is by value; control[1] =
 * 1 if the norm is finite, else 0; control[2] bounds each gradient: run.clip if clipping is by value. metrics
 * is [capacity, 2] of loss and norm before clipping, by run.update, and one more: the number of updates that
 * were not finite.
 */
export const clip = /* @__PURE__ */ defineKernel({
  name: "clip",
  wgsl: /* @__PURE__ */ link(runWgsl, wgsl),
  bindings: { partial: "read", loss: "read", control: "read_write", metrics: "read_write" },
  run: true,
  params: { parts: "u32", capacity: "u32", by_value: "u32" },
  workgroups: () => [1, 1, 1],
  cpu(ops, at, { parts, capacity, by_value }, run) {
    const f = ops.floats;
    ops.sum(at.control, at.partial, parts);
    const norm = Math.sqrt(f[at.control]);
    const finite = Number.isFinite(norm);
    const clips = run.clip > 0;
    f[at.control] = clips && by_value === 0 ? Math.min(1, run.clip / (norm + 1e-6)) : 1;
    f[at.control + 1] = finite ? 1 : 0;
    f[at.control + 2] = clips && by_value === 1 ? run.clip : unbounded;
    const slot = run.update % capacity;
    f[at.metrics + 2 * slot] = f[at.loss];
    f[at.metrics + 2 * slot + 1] = norm;
    if (!finite) f[at.metrics + 2 * capacity] += 1;
  },
  flops: ({ parts }) => parts,
});
