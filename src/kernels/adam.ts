// Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019): one dispatch updates all weights. As in
// torch.optim.

import adamWgsl from "../../shaders/adam.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import { defineKernel, grid, link } from "./kernel.js";
import { clipped, stretch } from "./update.js";

/** Updates weights and moments [n]. Writes nothing if control[1] is 0. */
export const adam = /* @__PURE__ */ defineKernel({
  name: "adam",
  wgsl: /* @__PURE__ */ link(runWgsl, adamWgsl),
  bindings: { gradients: "read", control: "read", weights: "read_write", m: "read_write", v: "read_write" },
  run: true,
  params: {
    n: "u32",
    decoupled: "u32", // 1: weights decay by themselves, as in AdamW; 0: weight decay is added to the gradient
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
      const m = at.m + i;
      const v = at.v + i;
      clipped(ops, g, at.gradients + i, n, spare, at.control);
      if (p.decoupled === 1) ops.affine(w, w, 1 - run.lr * p.weight_decay, 0, n);
      else ops.axpy(g, p.weight_decay, w, n);
      ops.affine(m, m, p.beta1, 0, n);
      ops.axpy(m, 1 - p.beta1, g, n);
      ops.affine(v, v, p.beta2, 0, n);
      ops.mul(g, g, g, n);
      ops.axpy(v, 1 - p.beta2, g, n);
      ops.affine(spare, v, 1 / run.correction2, 0, n);
      ops.sqrt(spare, spare, n);
      ops.affine(spare, spare, 1, p.eps, n);
      ops.div(spare, m, spare, n);
      ops.axpy(w, -run.lr / run.correction1, spare, n);
    }
  },
  flops: ({ n }) => 14 * n,
});
