// Gradient descent with momentum (Sutskever et al., 2013) or without: one dispatch updates all weights. As
// torch.optim.SGD.

import runWgsl from "../../shaders/run.wgsl?raw";
import wgsl from "../../shaders/sgd.wgsl?raw";
import { defineKernel, grid, link } from "./kernel.js";
import { clipped, stretch } from "./update.js";

/**
 * Updates weights and momentum [n]; weight decay is added to the gradient. Writes nothing if control[1] is 0.
 * With params.momentum 0 the buffer `momentum` is not touched: bind one of a single element.
 */
export const sgd = /* @__PURE__ */ defineKernel({
  name: "sgd",
  wgsl: /* @__PURE__ */ link(runWgsl, wgsl),
  bindings: { gradients: "read", control: "read", weights: "read_write", momentum: "read_write" },
  run: true,
  params: {
    n: "u32",
    nesterov: "u32",
    momentum: "f32",
    weight_decay: "f32",
  },
  workgroups: ({ n }) => grid(n, 64),
  scratch: () => 2 * stretch,
  cpu(ops, at, p, run) {
    if (ops.floats[at.control + 1] === 0) return;
    const g = at.scratch;
    for (let i = 0; i < p.n; i += stretch) {
      const n = Math.min(stretch, p.n - i);
      const w = at.weights + i;
      clipped(ops, g, at.gradients + i, n, g + stretch, at.control);
      ops.axpy(g, p.weight_decay, w, n);
      if (p.momentum !== 0) {
        const moved = at.momentum + i;
        ops.affine(moved, moved, p.momentum, 0, n);
        ops.add(moved, moved, g, n);
        if (p.nesterov === 1) ops.axpy(g, p.momentum, moved, n);
        else ops.copy(g, moved, n);
      }
      ops.axpy(w, -run.lr, g, n);
    }
  },
  flops: ({ n }) => 6 * n,
});
