// One number from many: the loss from the losses of all rows.

import wgsl from "../../shaders/total.wgsl?raw";
import { defineKernel } from "./kernel.js";

/** out[out_0] = the sum of input[0] to input[n - 1], or += with `accumulate`. */
export const total = /* @__PURE__ */ defineKernel({
  name: "total",
  wgsl,
  bindings: { input: "read", out: "read_write" },
  params: { n: "u32", out_0: "u32", accumulate: "u32" },
  workgroupBytes: 1_024,
  workgroups: () => [1, 1, 1],
  cpu(ops, at, { n, out_0, accumulate }) {
    const start = accumulate === 1 ? ops.floats[at.out + out_0] : 0;
    ops.floats[at.out + out_0] = start + ops.sum(at.input, n);
  },
  flops: ({ n }) => n,
});
