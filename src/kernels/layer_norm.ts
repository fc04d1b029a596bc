// Layer normalization of rows (Ba et al. 2016), and its gradients.

import wgsl from "../../shaders/layer_norm.wgsl?raw";
import reduceWgsl from "../../shaders/reduce.wgsl?raw";
import { defineKernel, grid, link } from "./kernel.js";
import { rowAt, rowFields } from "./rows.js";

/** What `gives` may be: the output, the gradient of the input, or that of w before it is summed over rows. */
export const normGives = { y: 0, dx: 1, dw: 2 } as const;

/**
 * With x^ = (x - mean) / sqrt(variance + eps) of each row of input: out = x^ w + b; or the gradient of input,
 * where d [M, N] is that of the output; or d x^. += with `accumulate`. For the first, bind anything as d.
 */
export const layerNorm = /* @__PURE__ */ defineKernel({
  name: "layer_norm",
  wgsl: /* @__PURE__ */ link(reduceWgsl, wgsl),
  bindings: { weights: "read", input: "read", d: "read", out: "read_write" },
  params: {
    ...rowFields,
    weight: "u32", // 1: there is a w, from w_0 on
    w_0: "u32",
    bias: "u32",
    b_0: "u32",
    eps: "f32",
    gives: "u32",
    accumulate: "u32",
  },
  workgroupBytes: 256,
  workgroups: ({ M }) => grid(M, 1),
  cpu(ops, at, p) {
    const { M, N } = p;
    const f = ops.floats;
    const weightAt = (n: number): number => (p.weight === 1 ? f[at.weights + p.w_0 + n] : 1);
    for (let m = 0; m < M; m += 1) {
      const from = at.input + p.in_0 + rowAt(m, p.r, p.in_m1, p.in_m);
      const to = at.out + p.out_0 + rowAt(m, p.r, p.out_m1, p.out_m);
      const d = at.d + m * N;
      let mean = 0;
      for (let n = 0; n < N; n += 1) mean += f[from + n] / N;
      let variance = 0;
      for (let n = 0; n < N; n += 1) variance += (f[from + n] - mean) ** 2 / N;
      const scale = 1 / Math.sqrt(variance + p.eps);
      let plain = 0;
      let along = 0;
      if (p.gives === normGives.dx) {
        for (let n = 0; n < N; n += 1) {
          const g = (f[d + n] * weightAt(n)) / N;
          plain += g;
          along += g * (f[from + n] - mean) * scale;
        }
      }
      for (let n = 0; n < N; n += 1) {
        const normed = (f[from + n] - mean) * scale;
        let value = 0;
        if (p.gives === normGives.y) value = normed * weightAt(n) + (p.bias ? f[at.weights + p.b_0 + n] : 0);
        else if (p.gives === normGives.dx) value = scale * (f[d + n] * weightAt(n) - plain - normed * along);
        else value = f[d + n] * normed;
        f[to + n] = value + (p.accumulate === 1 ? f[to + n] : 0);
      }
    }
  },
  flops: ({ M, N }) => 8 * M * N,
});
