// An embedding's gradient: each row of the table sums the gradients of the places that read it. Places are
// sorted by token on the host, where tokens come from, so that the sum needs no atomics and has one order.

import wgsl from "../../shaders/gather_backward.wgsl?raw";
import { defineKernel, grid } from "./kernel.js";

/**
 * dtable[v, n] = sum over j from starts[v] to starts[v + 1] - 1 of dout[order[j], n], or += with
 * `accumulate`.
 */
export const gatherBackward = /* @__PURE__ */ defineKernel({
  name: "gather_backward",
  wgsl,
  bindings: { order: "read u32", starts: "read u32", dout: "read", dtable: "read_write" },
  params: { V: "u32", N: "u32", dtable_0: "u32", accumulate: "u32" },
  workgroups: ({ V, N }) => grid(V * N, 64),
  cpu(ops, at, { V, N, dtable_0, accumulate }) {
    const order = at.order * ops.words;
    const starts = at.starts * ops.words;
    for (let v = 0; v < V; v += 1) {
      const to = at.dtable + dtable_0 + v * N;
      if (accumulate === 0) ops.fill(to, 0, N);
      for (let j = ops.integers[starts + v]; j < ops.integers[starts + v + 1]; j += 1) {
        ops.add(to, to, at.dout + ops.integers[order + j] * N, N);
      }
    }
  },
  // a bound: as many rows as there are tokens in the table
  flops: ({ V, N }) => V * N,
});

/**
 * What gatherBackward needs of the ids [M] of all rows, each below V: `order` [M], the rows sorted by their
 * ids and otherwise in order; `starts` [V + 1], where each id's rows begin.
 */
export function sortByToken(
  ids: ArrayLike<number>,
  V: number,
): { order: Uint32Array<ArrayBuffer>; starts: Uint32Array<ArrayBuffer> } {
  const starts = new Uint32Array(V + 1);
  for (let m = 0; m < ids.length; m += 1) {
    starts[ids[m] + 1] += 1;
  }
  for (let v = 0; v < V; v += 1) {
    starts[v + 1] += starts[v];
  }
  const order = new Uint32Array(ids.length);
  const next = starts.slice(0, V);
  for (let m = 0; m < ids.length; m += 1) {
    order[next[ids[m]]] = m;
    next[ids[m]] += 1;
  }
  return { order, starts };
}
