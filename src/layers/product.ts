// The parameters of a plain product, floor 4: what most callers of the kernel `matmul` leave at its default.

import type { Values } from "../kernels/kernel.js";
import type { matmul } from "../kernels/matmul.js";

type MatmulParams = typeof matmul extends { workgroups: (p: infer P) => unknown } ? P : never;

/** No offsets, no second level of stride, no bias, nothing to add to. */
export function product(sizes: Values<"M" | "N" | "K" | "Z">): MatmulParams {
  const none = {
    a_0: 0,
    a_z: 0,
    a_m1: 0,
    a_m: 0,
    a_k1: 0,
    a_k: 0,
    b_0: 0,
    b_z: 0,
    b_k1: 0,
    b_k: 0,
    b_n: 0,
    c_0: 0,
    c_z: 0,
    c_m1: 0,
    c_m: 0,
    bias: 0,
    bias_0: 0,
    bias_z: 0,
    accumulate: 0,
    ones: 0,
    ones_0: 0,
    ones_z: 0,
  };
  return { ...none, r: sizes.M, s: sizes.K, ...sizes };
}
