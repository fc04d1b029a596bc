// The gradients of src/kernels/additive_score.ts: of the query or the memory, whichever is x, and of v.

import activations from "../../shaders/activations.wgsl?raw";
import wgsl from "../../shaders/additive_score_backward.wgsl?raw";
import { defineKernel, grid, link } from "./kernel.js";

/**
 * With h = tanh(x[i, b, a] + y[j, b, a]), out[i, b, a] = the sum over j of d[i, j, b] v[a] (1 - h h), or with
 * `of_v` of d[i, j, b] h; or += with `accumulate`.
 */
export const additiveScoreBackward = /* @__PURE__ */ defineKernel({
  name: "additive_score_backward",
  wgsl: /* @__PURE__ */ link(activations, wgsl),
  bindings: { weights: "read", x: "read", y: "read", d: "read", out: "read_write" },
  params: {
    I: "u32",
    J: "u32",
    B: "u32",
    A: "u32",
    v_0: "u32",
    d_i: "u32", // (i, j, b) of d lies at i d_i + j d_j + b d_b
    d_j: "u32",
    d_b: "u32",
    of_v: "u32",
    accumulate: "u32",
  },
  workgroups: ({ I, B, A }) => grid(I * B * A, 64),
  scratch: ({ J, A }) => (J + 1) * A,
  cpu(ops, at, p) {
    const { J, B, A } = p;
    const sum = at.scratch;
    const h = sum + A;
    for (let i = 0; i < p.I; i += 1) {
      for (let b = 0; b < B; b += 1) {
        const row = (i * B + b) * A;
        ops.add(h, at.y + b * A, at.x + row, A, J, A, B * A, 0);
        ops.tanh(h, h, A, J, A, A);
        if (p.of_v === 0) {
          ops.mul(h, h, h, A, J, A, A, A);
          ops.affine(h, h, -1, 1, J * A);
        }
        ops.fill(sum, 0, A);
        for (let j = 0; j < J; j += 1) {
          ops.axpy(sum, ops.floats[at.d + i * p.d_i + j * p.d_j + b * p.d_b], h + j * A, A);
        }
        if (p.of_v === 0) ops.mul(sum, sum, at.weights + p.v_0, A);
        if (p.accumulate === 0) ops.copy(at.out + row, sum, A);
        else ops.add(at.out + row, at.out + row, sum, A);
      }
    }
  },
  flops: ({ I, J, B, A }) => 6 * I * J * B * A,
});
