// The additive score of every pair of steps (Bahdanau et al. 2015): nothing of the size of pairs times features
// is stored.

import activations from "../../shaders/activations.wgsl?raw";
import wgsl from "../../shaders/additive_score.wgsl?raw";
import { defineKernel, grid, link } from "./kernel.js";

/** out[q, b, t] = sum over a of v[a] tanh(query[q, b, a] + memory[t, b, a]); v lies in weights, from v_0 on. */
export const additiveScore = /* @__PURE__ */ defineKernel({
  name: "additive_score",
  wgsl: /* @__PURE__ */ link(activations, wgsl),
  bindings: { weights: "read", query: "read", memory: "read", out: "read_write" },
  params: { Q: "u32", T: "u32", B: "u32", A: "u32", v_0: "u32" },
  workgroups: ({ Q, T, B }) => grid(Q * T * B, 64),
  scratch: ({ T, A }) => T * A,
  cpu(ops, at, { Q, T, B, A, v_0 }) {
    const h = at.scratch;
    for (let qb = 0; qb < Q * B; qb += 1) {
      ops.add(h, at.memory + (qb % B) * A, at.query + qb * A, A, T, A, B * A, 0);
      ops.tanh(h, h, A, T, A, A);
      for (let t = 0; t < T; t += 1) ops.dot(at.out + qb * T + t, h + t * A, at.weights + v_0, A);
    }
  },
  flops: ({ Q, T, B, A }) => 4 * Q * T * B * A,
});
