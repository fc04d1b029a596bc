// One vector of the steps of each sequence: the last, the mean or the largest of each feature; and its gradient.

import liveWgsl from "../../shaders/live.wgsl?raw";
import wgsl from "../../shaders/pool.wgsl?raw";
import { defineKernel, grid, link } from "./kernel.js";
import { isLive } from "./live.js";

/** What `how` may be. */
export const pools = { last: 0, mean: 1, max: 2 } as const;

/**
 * out[b, n] = the last, the mean or the largest (of equal ones the first) of input[t, b, n] over the live t, 0
 * where there is none; with `backward` out[t, b, n] = the gradient of input, of live rows alone, where d [B, N]
 * is that of what came out; or += with `accumulate`. Forward, bind anything as d.
 */
export const pool = /* @__PURE__ */ defineKernel({
  name: "pool",
  wgsl: /* @__PURE__ */ link(liveWgsl, wgsl),
  bindings: { live: "read u32", input: "read", d: "read", out: "read_write" },
  params: {
    T: "u32",
    B: "u32",
    N: "u32",
    how: "u32",
    codes: "u32",
    backward: "u32",
    in_0: "u32", // (t, b, n) lies at in_0 + t in_m1 + b in_m + n
    in_m1: "u32",
    in_m: "u32",
    out_0: "u32",
    out_m1: "u32",
    out_m: "u32",
    accumulate: "u32",
  },
  workgroups: ({ B, N }) => grid(B * N, 64),
  cpu(ops, at, p) {
    const { T, B, N } = p;
    const f = ops.floats;
    const isMean = p.how === pools.mean;
    for (let i = 0; i < B * N; i += 1) {
      const n = i % N;
      const b = (i - n) / N;
      const from = at.input + p.in_0 + b * p.in_m + n;
      const to = at.out + p.out_0 + b * p.out_m + n;
      let count = 0;
      let chosen = 0;
      let value = 0;
      for (let t = 0; t < T; t += 1) {
        if (!isLive(ops, at.live, p.codes, t * B + b)) continue;
        const x = f[from + t * p.in_m1];
        if (isMean) value += x;
        else if (p.how === pools.last || count === 0 || x > value) {
          value = x;
          chosen = t;
        }
        count += 1;
      }
      if (p.backward === 0) {
        f[to] = isMean ? value / Math.max(count, 1) : value;
        continue;
      }
      for (let t = 0; t < T; t += 1) {
        if (!isLive(ops, at.live, p.codes, t * B + b)) continue;
        const dx = f[at.d + i] * (isMean ? 1 / count : Number(t === chosen));
        f[to + t * p.out_m1] = dx + (p.accumulate === 1 ? f[to + t * p.out_m1] : 0);
      }
    }
  },
  flops: ({ T, B, N }, steps) => (steps?.rows ?? T * B) * N,
});
