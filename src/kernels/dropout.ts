// Dropout (Srivastava et al., 2014): what is dropped is hashed anew, forward and backward, instead of stored.

import dropoutWgsl from "../../shaders/dropout.wgsl?raw";
import scaffold from "../../shaders/pointwise.wgsl?raw";
import randomWgsl from "../../shaders/random.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import { mix } from "../random.js";
import { defineKernel, grid, link, type Twin } from "./kernel.js";
import { rowFields } from "./rows.js";
import { NONE } from "./step_part.js";

const bindings = { input: "read", out: "read_write" } as const;
const params = {
  ...rowFields,
  layer: "u32",
  threshold: "u32",
  scale: "f32",
  sequences: "u32",
  once: "u32",
  transposed: "u32",
  accumulate: "u32",
} as const;

/**
 * out[m, n] = mask[m, n] input[m, n], or += with `accumulate`. Row m is (m1, m0) = (floor(m / r), m % r); the mask
 * is 0 where the hash of (run.seed, layer, m0, m1, n) is below the threshold, else the scale. sequences: m0 is a
 * sequence, and counts on from run.first; once: m1 does not count; transposed: m0 and n change places in the hash.
 * The gradient is the same kernel, from dout to din.
 */
export const dropout = /* @__PURE__ */ defineKernel({
  name: "dropout",
  wgsl: /* @__PURE__ */ link(runWgsl, randomWgsl, scaffold, dropoutWgsl),
  bindings,
  run: true,
  params,
  workgroups: ({ M, N }) => grid(M * N, 64),
  twin: (twins) => twins.dropout,
  flops: ({ M, N }) => M * N,
});

export const dropoutTwin: Twin<keyof typeof bindings, keyof typeof params> = {
  scratch: ({ N, r }) => Math.max(N, r),
  cpu(ops, at, p, run) {
    const { M, N, r } = p;
    // Numbers that share a key are a line: a row, or where it is transposed, a column of r rows.
    const isColumn = p.transposed === 1;
    const [n, rows] = isColumn ? [1, r] : [N, 1];
    for (let group = 0; group * r < M; group += 1) {
      const lines = isColumn ? N : Math.min(r, M - group * r);
      for (let line = 0; line < lines; line += 1) {
        const key = mix(run.seed, p.layer, line + p.sequences * run.first, p.once === 1 ? NONE : group);
        const from = at.input + p.in_0 + group * p.in_m1 + line * (isColumn ? 1 : p.in_m);
        const to = at.out + p.out_0 + group * p.out_m1 + line * (isColumn ? 1 : p.out_m);
        ops.mask(at.scratch, key, 0, p.threshold, p.scale, n * rows);
        ops.mul(at.scratch, at.scratch, from, n, rows, 1, 1, p.in_m);
        if (p.accumulate === 0) ops.copy(to, at.scratch, n, rows, p.out_m, 1);
        else ops.add(to, to, at.scratch, n, rows, p.out_m, p.out_m, 1);
      }
    }
  },
};

/**
 * The parameters for dropping each number with probability p, from 0 to 1. What stays is scaled so that the
 * mean does.
 */
export function dropoutParams(p: number): { readonly threshold: number; readonly scale: number } {
  // 1 - 2^-32 at the most: for p = 1 the scale makes zeros of the rest
  const threshold = Math.min(Math.round(p * 0x100000000), 0xffffffff);
  return { threshold, scale: p < 1 ? 1 / (1 - p) : 0 };
}
