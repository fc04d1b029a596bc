// The rows of a table that ids name: an embedding, forward.

import wgsl from "../../shaders/gather.wgsl?raw";
import { defineKernel, grid } from "./kernel.js";
import { rowAt } from "./rows.js";

/** out[m, n] = table[ids[m], n]. The host has checked that ids are rows of the table. */
export const gather = /* @__PURE__ */ defineKernel({
  name: "gather",
  wgsl,
  bindings: { ids: "read u32", table: "read", out: "read_write" },
  params: {
    M: "u32",
    N: "u32",
    r: "u32", // the id of row m lies at floor(m / r) * ids_m1 + (m % r) * ids_m
    ids_0: "u32",
    ids_m1: "u32",
    ids_m: "u32",
    table_0: "u32",
  },
  workgroups: ({ M, N }) => grid(M * N, 64),
  cpu(ops, at, { M, N, r, ids_0, ids_m1, ids_m, table_0 }) {
    const ids = at.ids * ops.words + ids_0;
    for (let m = 0; m < M; m += 1) {
      const token = ops.integers[ids + rowAt(m, r, ids_m1, ids_m)];
      ops.copy(at.out + m * N, at.table + table_0 + token * N, N);
    }
  },
  flops: () => 0,
});
