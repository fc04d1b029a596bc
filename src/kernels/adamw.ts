// AdamW (Loshchilov and Hutter, 2019): one dispatch updates all weights. As torch.optim.AdamW.

import adamwWgsl from "../../shaders/adamw.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import { defineKernel, grid, link } from "./kernel.js";
import { adamStep, clipped, stretch } from "./update.js";

/** Updates weights and moments [n]; weights decay by lr times weight_decay first. Writes nothing if control[1] is 0. */
export const adamw = /* @__PURE__ */ defineKernel({
  name: "adamw",
  wgsl: /* @__PURE__ */ link(runWgsl, adamwWgsl),
  bindings: { gradients: "read", control: "read", weights: "read_write", m: "read_write", v: "read_write" },
  run: true,
  params: {
    n: "u32",
    by_value: "u32", // 1: run.clip bounds each gradient; 0: control[0] scales them
    beta1: "f32",
    beta2: "f32",
    eps: "f32",
    weight_decay: "f32",
  },
  workgroups: ({ n }) => grid(n, 64),
  scratch: () => 2 * stretch,
  cpu(ops, at, p, run) {
    if (ops.floats[at.control + 1] === 0) return;
    const g = at.scratch;
    const spare = g + stretch;
    for (let i = 0; i < p.n; i += stretch) {
      const n = Math.min(stretch, p.n - i);
      const w = at.weights + i;
      clipped(ops, g, at.gradients + i, n, spare, at.control, p.by_value, run);
      ops.affine(w, w, 1 - run.lr * p.weight_decay, 0, n);
      adamStep(ops, w, at.m + i, at.v + i, g, n, spare, p, run);
    }
  },
  flops: ({ n }) => 14 * n,
});
