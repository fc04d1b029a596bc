// The second half of the gradients' norm: how an update scales its gradients, whether it happens at all, and
// its entry in the ring of metrics. As torch.nn.utils.clip_grad_norm_.

import wgsl from "../../shaders/clip.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import { defineKernel, link, type Twin } from "./kernel.js";
import { unbounded } from "./update.js";

const bindings = { partial: "read", loss: "read", control: "read_write", metrics: "read_write" } as const;
const params = { parts: "u32", layers: "u32", capacity: "u32", by_value: "u32", share: "f32" } as const;

/**
 * Of sums of squares [layers, parts], with norms that are `share` times their roots: control[0] = 1 if the
 * norm of all layers is finite, else 0; control[1] bounds each gradient: run.clip if clipping is by value;
 * control[2 + l] = share min(1, run.clip / (norm of layer l + 1e-6)), or `share` if run.clip is 0 or clipping
 * is by value. metrics is [capacity, 2] of `share` times the loss, and the norm before clipping, by
 * run.update, and one more: the number of updates that were not finite.
 */
export const clip = /* @__PURE__ */ defineKernel({
  name: "clip",
  wgsl: /* @__PURE__ */ link(runWgsl, wgsl),
  bindings,
  run: true,
  params,
  workgroups: () => [1, 1, 1],
  twin: (twins) => twins.clip,
  flops: ({ parts, layers }) => layers * parts,
});

export const clipTwin: Twin<keyof typeof bindings, keyof typeof params> = {
  cpu(ops, at, { parts, layers, capacity, by_value, share }, run) {
    const f = ops.floats;
    const clips = run.clip > 0;
    let total = 0;
    for (let l = 0; l < layers; l += 1) {
      const factor = at.control + 2 + l;
      ops.sum(factor, at.partial + l * parts, parts);
      total += f[factor];
      const norm = share * Math.sqrt(f[factor]);
      f[factor] = share * (clips && by_value === 0 ? Math.min(1, run.clip / (norm + 1e-6)) : 1);
    }
    const norm = share * Math.sqrt(total);
    const finite = Number.isFinite(norm);
    f[at.control] = finite ? 1 : 0;
    f[at.control + 1] = clips && by_value === 1 ? run.clip : unbounded;
    const slot = run.update % capacity;
    f[at.metrics + 2 * slot] = share * f[at.loss];
    f[at.metrics + 2 * slot + 1] = norm;
    if (!finite) f[at.metrics + 2 * capacity] += 1;
  },
};
