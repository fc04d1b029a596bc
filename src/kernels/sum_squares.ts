// The first half of the gradients' norm; src/kernels/clip.ts is the second.

import wgsl from "../../shaders/sum_squares.wgsl?raw";
import { ceilDiv, defineKernel } from "./kernel.js";

/** partial[g] = the sum of the squares of the g-th of `parts` stretches of the gradients, each of ceil(n / parts). */
export const sumSquares = /* @__PURE__ */ defineKernel({
  name: "sum_squares",
  wgsl,
  bindings: { gradients: "read", partial: "read_write" },
  params: { n: "u32", parts: "u32" },
  workgroupBytes: 1_024,
  workgroups: ({ parts }) => [parts, 1, 1],
  cpu(ops, at, { n, parts }) {
    const stretch = ceilDiv(n, parts);
    for (let part = 0; part < parts; part += 1) {
      const first = Math.min(part * stretch, n);
      const count = Math.min(stretch, n - first);
      ops.floats[at.partial + part] = ops.dot(at.gradients + first, at.gradients + first, count);
    }
  },
  flops: ({ n }) => 2 * n,
});
