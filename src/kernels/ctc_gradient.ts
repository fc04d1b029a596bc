// The gradient of CTC by the logits, floor 2, from what src/kernels/ctc.ts leaves.

import wgsl from "../../shaders/ctc_gradient.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import { defineKernel, grid, link } from "./kernel.js";

/**
 * dlogits [T, B, V] holds run.scale softmax(logits) and becomes run.scale weights[b] (softmax - the probability of
 * the states of each class), in rows of steps that there are; others stay as they are. paths and targets as of ctc.
 */
export const ctcGradient = /* @__PURE__ */ defineKernel({
  name: "ctc_gradient",
  wgsl: /* @__PURE__ */ link(wgsl, runWgsl),
  bindings: { paths: "read", targets: "read u32", weights: "read", dlogits: "read_write" },
  run: true,
  params: { T: "u32", B: "u32", V: "u32", S: "u32", blank: "u32" },
  workgroups: ({ T, B }) => grid(T * B, 1),
  cpu(ops, at, { T, B, V, S, blank }, { scale }) {
    const { floats: f, integers } = ops;
    for (let b = 0; b < B; b += 1) {
      const given = at.targets * ops.words + b * (2 + S);
      const states = 2 * integers[given + 1] + 1;
      for (let t = 0; t < integers[given]; t += 1) {
        const d = at.dlogits + (t * B + b) * V;
        const row = at.paths + (b * (T + 2) + t) * (2 * S + 1);
        for (let s = 0; s < states; s += 1) {
          f[d + (s % 2 === 0 ? blank : integers[given + 2 + (s - 1) / 2])] -= scale * f[row + s];
        }
        ops.affine(d, d, f[at.weights + b], 0, V);
      }
    }
  },
  flops: ({ T, B, V, S }) => T * B * (2 * V + 2 * S + 1),
});
