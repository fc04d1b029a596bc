// Rows that are there, and zeros for those that are not, floor 2: what leaves a plan past a sequence's end.

import scaffold from "../../shaders/pointwise.wgsl?raw";
import wgsl from "../../shaders/settle.wgsl?raw";
import { defineKernel, grid, link } from "./kernel.js";
import { codes } from "./live.js";
import { rowAt } from "./rows.js";

/** out[m, n] = input[m, n] where row m is live, else 0; or += with `accumulate`. live: of src/kernels/live.ts. */
export const settle = /* @__PURE__ */ defineKernel({
  name: "settle",
  wgsl: /* @__PURE__ */ link(scaffold, wgsl),
  bindings: { live: "read u32", input: "read", out: "read_write" },
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
    codes: "u32", // where in the table they begin
    accumulate: "u32",
  },
  workgroups: ({ M, N }) => grid(M * N, 64),
  cpu(ops, at, p) {
    const first = at.live * ops.words + p.codes;
    for (let m = 0; m < p.M; m += 1) {
      const to = at.out + p.out_0 + rowAt(m, p.r, p.out_m1, p.out_m);
      const from = at.input + p.in_0 + rowAt(m, p.r, p.in_m1, p.in_m);
      const isLive = ops.integers[first + m] === codes.live;
      if (isLive && p.accumulate === 1) ops.add(to, to, from, p.N);
      else if (isLive) ops.copy(to, from, p.N);
      else if (p.accumulate === 0) ops.fill(to, 0, p.N);
    }
  },
  flops: () => 0,
});
