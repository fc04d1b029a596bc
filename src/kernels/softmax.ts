// Softmax over the steps that there are, and its gradient: how attention weighs.

import liveWgsl from "../../shaders/live.wgsl?raw";
import reduceWgsl from "../../shaders/reduce.wgsl?raw";
import wgsl from "../../shaders/softmax.wgsl?raw";
import { defineKernel, grid, link } from "./kernel.js";
import { isLive } from "./live.js";

/**
 * out[m, t] = softmax of input[m, :] over the live steps of sequence m % B, 0 for all others; with `backward`
 * the gradient of what went in, where input is the softmax and d the gradient of what came out; or += with
 * `accumulate`. All are [M, T]. Forward, bind anything as d.
 */
export const softmax = /* @__PURE__ */ defineKernel({
  name: "softmax",
  wgsl: /* @__PURE__ */ link(reduceWgsl, liveWgsl, wgsl),
  bindings: { live: "read u32", input: "read", d: "read", out: "read_write" },
  params: { M: "u32", T: "u32", B: "u32", codes: "u32", backward: "u32", accumulate: "u32" },
  workgroupBytes: 256,
  workgroups: ({ M }) => grid(M, 1),
  scratch: ({ T }) => T,
  cpu(ops, at, { M, T, B, codes, backward, accumulate }) {
    const f = ops.floats;
    const made = at.scratch;
    for (let m = 0; m < M; m += 1) {
      const input = at.input + m * T;
      const d = at.d + m * T;
      let largest = Number.NEGATIVE_INFINITY;
      for (let t = 0; t < T; t += 1) {
        if (isLive(ops, at.live, codes, t * B + (m % B))) largest = Math.max(largest, f[input + t]);
      }
      let sum = 0;
      for (let t = 0; t < T; t += 1) {
        const isThere = isLive(ops, at.live, codes, t * B + (m % B));
        f[made + t] = isThere ? (backward === 1 ? f[input + t] : Math.exp(f[input + t] - largest)) : 0;
        if (isThere) sum += f[made + t] * (backward === 1 ? f[d + t] : 1);
      }
      const out = at.out + m * T;
      for (let t = 0; t < T; t += 1) {
        const isThere = f[made + t] !== 0;
        const value = isThere ? f[made + t] * (backward === 1 ? f[d + t] - sum : 1 / sum) : 0;
        f[out + t] = value + (accumulate === 1 ? f[out + t] : 0);
      }
    }
  },
  flops: ({ M, T, B }, steps) => 5 * (M / B) * (steps?.rows ?? T * B),
});
