// Rows that are there, and zeros for those that are not, floor 2: what leaves a plan past a sequence's end.

import liveWgsl from "../../shaders/live.wgsl?raw";
import scaffold from "../../shaders/pointwise.wgsl?raw";
import wgsl from "../../shaders/settle.wgsl?raw";
import { defineKernel, grid, link } from "./kernel.js";
import { isLive } from "./live.js";
import { rowAt, rowFields } from "./rows.js";

/** out[m, n] = input[m, n] where row m is live, else 0; or += with `accumulate`. live: of src/kernels/live.ts. */
export const settle = /* @__PURE__ */ defineKernel({
  name: "settle",
  wgsl: /* @__PURE__ */ link(scaffold, liveWgsl, wgsl),
  bindings: { live: "read u32", input: "read", out: "read_write" },
  params: {
    ...rowFields,
    codes: "u32", // where in the table they begin
    accumulate: "u32",
  },
  workgroups: ({ M, N }) => grid(M * N, 64),
  cpu(ops, at, p) {
    for (let m = 0; m < p.M; m += 1) {
      const to = at.out + p.out_0 + rowAt(m, p.r, p.out_m1, p.out_m);
      const from = at.input + p.in_0 + rowAt(m, p.r, p.in_m1, p.in_m);
      const isThere = isLive(ops, at.live, p.codes, m);
      if (isThere && p.accumulate === 1) ops.add(to, to, from, p.N);
      else if (isThere) ops.copy(to, from, p.N);
      else if (p.accumulate === 0) ops.fill(to, 0, p.N);
    }
  },
  flops: () => 0,
});
