// The second half of the gradients' norm: how an update scales its gradients, whether it happens at all, and
// its entry in the ring of metrics. As torch.nn.utils.clip_grad_norm_.

import wgsl from "../../shaders/clip.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import { defineKernel, link, type Twin } from "./kernel.js";
import { unbounded } from "./update.js";

const bindings = { partial: "read", loss: "read", control: "read_write", metrics: "read_write" } as const;
const params = {
  parts: "u32",
  layers: "u32",
  capacity: "u32",
  by_value: "u32",
  share: "f32",
  interval: "u32",
} as const;

/**
 * Of sums of squares [layers, parts] of gradients that are run.scale times too large, with norms that are `share` /
 * run.scale times their roots: control[0] = 1 if the norm of all layers is finite, else 0; control[1] bounds each
 * gradient: run.clip if clipping is by value; control[2 + l] = share / run.scale min(1, run.clip / (norm of layer l +
 * 1e-6)), without min() if run.clip is 0 or clipping is by value. metrics is [capacity, 2] of `share` times the loss,
 * and the norm before clipping, by run.update, and one more: the number of updates that were not finite.
 *
 * With an `interval` there are two more, the scale of the next update and how many were finite since it changed: after
 * so many the scale doubles, after one that is not finite it halves (Micikevicius et al. 2018).
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
  cpu(ops, at, { parts, layers, capacity, by_value, share: ofLoss, interval }, run) {
    const f = ops.floats;
    const share = ofLoss / run.scale;
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
    f[at.metrics + 2 * slot] = ofLoss * f[at.loss];
    f[at.metrics + 2 * slot + 1] = norm;
    const skipped = at.metrics + 2 * capacity;
    if (!finite) f[skipped] += 1;
    if (interval === 0) return;
    const count = finite ? f[skipped + 2] + 1 : 0;
    const grows = count === interval;
    const next = run.scale * (finite ? (grows ? 2 : 1) : 0.5);
    f[skipped + 1] = Math.min(Math.max(next, 1), 2 ** 120);
    f[skipped + 2] = grows ? 0 : count;
  },
};
