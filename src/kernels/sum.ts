// Few numbers from many, floor 2: the loss from the losses of all rows; the first half of the gradients'
// norm, of which src/kernels/clip.ts is the second; and the norm of a state's gradient at every time step.

import wgsl from "../../shaders/sum.wgsl?raw";
import { ceilDiv, defineKernel, grid, type Twin } from "./kernel.js";

const bindings = { input: "read", out: "read_write" } as const;
const params = {
  n: "u32",
  parts: "u32",
  in_0: "u32",
  out_0: "u32",
  squares: "u32",
  root: "u32",
  accumulate: "u32",
} as const;

/**
 * out[out_0 + g] = the sum of the g-th of `parts` stretches of the n numbers from input[in_0] on, each of
 * ceil(n / parts); with
 * `squares` that of their squares, with `root` its square root; or += with `accumulate`.
 */
export const sum = /* @__PURE__ */ defineKernel({
  name: "sum",
  wgsl,
  bindings,
  params,
  workgroupBytes: 1_024,
  workgroups: ({ parts }) => grid(parts, 1),
  twin: (twins) => twins.sum,
  flops: ({ n, squares }) => n * (1 + squares),
});

export const sumTwin: Twin<keyof typeof bindings, keyof typeof params> = {
  cpu(ops, at, { n, parts, in_0, out_0, squares, root, accumulate }) {
    const f = ops.floats;
    const stretch = ceilDiv(n, parts);
    for (let part = 0; part < parts; part += 1) {
      const first = Math.min(part * stretch, n);
      const count = Math.min(stretch, n - first);
      const from = at.input + in_0 + first;
      const to = at.out + out_0 + part;
      const before = accumulate === 1 ? f[to] : 0;
      if (squares === 1) ops.dot(to, from, from, count);
      else ops.sum(to, from, count);
      f[to] = (root === 1 ? Math.sqrt(f[to]) : f[to]) + before;
    }
  },
};
