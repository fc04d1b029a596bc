// The packed copy of the weights, k outermost: one dispatch an update for all matrices of a model.

import wgsl from "../../shaders/pack.wgsl?raw";
import halfWgsl from "../../shaders/pack_half.wgsl?raw";
import { halfOf } from "./half.js";
import { ceilDiv, defineKernel, grid, type Twin } from "./kernel.js";

const packBindings = { table: "read u32", weights: "read", packed: "read_write" } as const;
const packParams = {
  entries: "u32",
  N: "u32", // the largest of the table
  K: "u32",
} as const;

/** packed[to + k N + n] = weights[from + n K + k], for each entry (from, to, N, K) of the table. */
export const pack = /* @__PURE__ */ defineKernel({
  name: "pack",
  wgsl,
  bindings: packBindings,
  params: packParams,
  workgroups: ({ entries, N, K }) => [ceilDiv(N, 64), ceilDiv(K, 8), entries],
  twin: (twins) => twins.pack,
  flops: () => 0,
});

export const packTwin: Twin<keyof typeof packBindings, keyof typeof packParams> = {
  cpu(ops, at, { entries }) {
    for (let entry = 0; entry < entries; entry += 1) {
      const row = at.table * ops.words + 4 * entry;
      const from = at.weights + ops.integers[row];
      const to = at.packed + ops.integers[row + 1];
      const N = ops.integers[row + 2];
      const K = ops.integers[row + 3];
      for (let k = 0; k < K; k += 1) {
        ops.copy(to + k * N, from + k, 1, N, 1, K);
      }
    }
  },
};

const packHalfBindings = { table: "read u32", weights: "read", packed: "read_write u32" } as const;
const packHalfParams = { entries: "u32", words: "u32" } as const;

/** The same as float16, two numbers to a word of `packed`. */
export const packHalf = /* @__PURE__ */ defineKernel({
  name: "pack_half",
  wgsl: halfWgsl,
  bindings: packHalfBindings,
  params: packHalfParams,
  workgroups: ({ words }) => grid(words, 64),
  twin: (twins) => twins.packHalf,
  flops: () => 0,
});

export const packHalfTwin: Twin<keyof typeof packHalfBindings, keyof typeof packHalfParams> = {
  cpu(ops, at, { entries, words }) {
    const [table, packed] = [at.table * ops.words, at.packed * ops.words];
    ops.integers.fill(0, packed, packed + words);
    for (let entry = 0; entry < entries; entry += 1) {
      const [from, to, N, K] = ops.integers.subarray(table + 4 * entry, table + 4 * entry + 4);
      for (let i = 0; i < N * K; i += 1) {
        const value = ops.floats[at.weights + from + (i % N) * K + Math.floor(i / N)];
        const bits = halfOf(Math.max(-65_504, Math.min(65_504, value)));
        ops.integers[packed + Math.floor((to + i) / 2)] |= bits << (16 * ((to + i) % 2));
      }
    }
  },
};
