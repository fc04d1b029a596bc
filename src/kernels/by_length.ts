// Rows that lie by their sequence's length, floor 2: initial states of a direction that reads from the end, final
// states, and outputs turned about in time.

import wgsl from "../../shaders/by_length.wgsl?raw";
import { type Access, defineKernel, grid, type Kernel, link, type Twin } from "./kernel.js";
import { livePlaces } from "./live.js";

const params = {
  M: "u32",
  N: "u32",
  // row m is (t, b) = (floor(m / r), m % r); it lies at t * x_m1 + b * x_m + length(b) * x_len
  r: "u32",
  T: "u32", // steps; the length of all sequences where there is no table
  in_0: "u32",
  in_m1: "u32",
  in_m: "u32",
  in_len: "u32",
  out_0: "u32",
  out_m1: "u32",
  out_m: "u32",
  out_len: "u32",
  turned: "u32",
  accumulate: "u32",
} as const;

type Bindings = "input" | "out";

function byLength<B extends string>(
  live: Readonly<Record<B, Access>>,
): Kernel<Bindings | B, keyof typeof params> {
  const isLive = "live" in live;
  const length = isLive ? "live[1u + params.T * params.r + b]" : "params.T";
  return defineKernel<Bindings | B, keyof typeof params>({
    name: `by_length${isLive ? ", live" : ""}`,
    wgsl: link(wgsl, `fn length_of(b: u32) -> u32 { return ${length}; }`),
    // the bindings are those of both records
    bindings: { input: "read", out: "read_write", ...live } as Readonly<Record<Bindings | B, Access>>,
    params,
    workgroups: ({ M, N }) => grid(M * N, 64),
    twin: (twins) => twins.byLength(isLive),
    flops: () => 0,
  });
}

export function byLengthTwin(isLive: boolean): Twin<Bindings, keyof typeof params> {
  return {
    cpu(ops, at, p) {
      const table = (at as Readonly<Record<string, number>>).live; // bound or not
      for (let b = 0; b < p.r; b += 1) {
        const length = isLive ? ops.integers[table * ops.words + livePlaces(p.T, p.r).lengths + b] : p.T;
        const to = at.out + p.out_0 + b * p.out_m + length * p.out_len;
        const from = at.input + p.in_0 + b * p.in_m + length * p.in_len;
        const steps = p.turned === 1 ? length : p.M / p.r;
        for (let t = 0; t < steps; t += 1) {
          const source = from + (p.turned === 1 ? length - 1 - t : t) * p.in_m1;
          const target = to + t * p.out_m1;
          if (p.accumulate === 1) ops.add(target, target, source, p.N);
          else ops.copy(target, source, p.N);
        }
      }
    },
  };
}

/**
 * out[t, b] = input[t, b], or += with `accumulate`; with `turned` the input's step length - 1 - t, before a
 * sequence's end. Lengths are those of a table as src/kernels/live.ts lays it out.
 */
export const copyByLength = /* @__PURE__ */ byLength<"live">({ live: "read u32" });
/** The same where all sequences are T long. */
export const copyTurned = /* @__PURE__ */ byLength<never>({});
