// Dropout (Srivastava et al., 2014): what is dropped is hashed anew, forward and backward, instead of stored.

import dropoutWgsl from "../../shaders/dropout.wgsl?raw";
import scaffold from "../../shaders/pointwise.wgsl?raw";
import randomWgsl from "../../shaders/random.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import { mix2 } from "../random.js";
import { defineKernel, grid, link } from "./kernel.js";
import { rowAt } from "./rows.js";

/**
 * out[m, n] = mask[m, n] input[m, n], or += with `accumulate`. The mask is 0 where the hash of (run.seed,
 * layer, m N + n) is below the threshold, else the scale; the gradient is the same kernel, from dout to din.
 */
export const dropout = /* @__PURE__ */ defineKernel({
  name: "dropout",
  wgsl: /* @__PURE__ */ link(runWgsl, randomWgsl, scaffold, dropoutWgsl),
  bindings: { input: "read", out: "read_write" },
  run: true,
  params: {
    M: "u32",
    N: "u32",
    r: "u32", // row m lies at floor(m / r) * x_m1 + (m % r) * x_m
    in_0: "u32",
    in_m1: "u32",
    in_m: "u32",
    out_0: "u32",
    out_m1: "u32",
    out_m: "u32",
    layer: "u32",
    threshold: "u32",
    scale: "f32",
    accumulate: "u32",
  },
  workgroups: ({ M, N }) => grid(M * N, 64),
  scratch: ({ N }) => N,
  cpu(ops, at, p, run) {
    const { M, N, r } = p;
    const key = mix2(run.seed, p.layer);
    for (let m = 0; m < M; m += 1) {
      const from = at.input + p.in_0 + rowAt(m, r, p.in_m1, p.in_m);
      const to = at.out + p.out_0 + rowAt(m, r, p.out_m1, p.out_m);
      ops.mask(at.scratch, key, m * N, p.threshold, p.scale, N);
      ops.mul(at.scratch, at.scratch, from, N);
      if (p.accumulate === 0) ops.copy(to, at.scratch, N);
      else ops.add(to, to, at.scratch, N);
    }
  },
  flops: ({ M, N }) => M * N,
});

/**
 * The parameters for dropping each number with probability p, from 0 to 1. What stays is scaled so that the
 * mean does.
 */
export function dropoutParams(p: number): { readonly threshold: number; readonly scale: number } {
  // 1 - 2^-32 at the most: for p = 1 the scale makes zeros of the rest
  const threshold = Math.min(Math.round(p * 0x100000000), 0xffffffff);
  return { threshold, scale: p < 1 ? 1 / (1 - p) : 0 };
}
