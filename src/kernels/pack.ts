// The packed copy of the weights, k outermost: one dispatch an update for all matrices of a model.

import wgsl from "../../shaders/pack.wgsl?raw";
import { ceilDiv, defineKernel } from "./kernel.js";

/** packed[to + k N + n] = weights[from + n K + k], for each entry (from, to, N, K) of the table. */
export const pack = /* @__PURE__ */ defineKernel({
  name: "pack",
  wgsl,
  bindings: { table: "read u32", weights: "read", packed: "read_write" },
  params: {
    entries: "u32",
    N: "u32", // the largest of the table
    K: "u32",
  },
  workgroupBytes: 1_088,
  workgroups: ({ entries, N, K }) => [ceilDiv(N, 16), ceilDiv(K, 16), entries],
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
  flops: () => 0,
});
