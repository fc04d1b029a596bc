// The end of a product whose sums over k were cut into parts, floor 2: adds the parts in order, so that the result is
// the same each time.

import wgsl from "../../shaders/add_parts.wgsl?raw";
import { defineKernel, grid, type Twin } from "./kernel.js";

const bindings = { sums: "read", C: "read_write" } as const;
const params = {
  M: "u32",
  N: "u32",
  Z: "u32",
  parts: "u32",
  c_0: "u32",
  c_z: "u32",
  c_m: "u32",
  ones: "u32",
  ones_0: "u32",
  ones_z: "u32",
  accumulate: "u32",
} as const;

/** C[m, n] [+]= the sum of sums[part, z, m N + n] over the parts, and so C[ones_0 + m] of [part, z, M N + m]. */
export const addParts = /* @__PURE__ */ defineKernel({
  name: "add_parts",
  wgsl,
  bindings,
  params,
  workgroups: ({ M, N, Z, ones }) => grid(Z * M * (N + ones), 64),
  twin: (twins) => twins.addParts,
  flops: ({ M, N, Z, ones, parts, accumulate }) => Z * M * (N + ones) * (parts - 1 + accumulate),
  bytes: ({ M, N, Z, ones, parts, accumulate }) => 4 * Z * M * (N + ones) * (parts + 1 + accumulate),
});

export const addPartsTwin: Twin<keyof typeof bindings, keyof typeof params> = {
  cpu(ops, at, { M, N, Z, parts, c_0, c_z, c_m, ones, ones_0, ones_z, accumulate }) {
    const each = M * (N + ones);
    for (let z = 0; z < Z; z += 1) {
      const [C, toOnes] = [at.C + c_0 + z * c_z, at.C + ones_0 + z * ones_z];
      for (let part = 0; part < parts; part += 1) {
        const from = at.sums + (part * Z + z) * each;
        if (part === 0 && accumulate === 0) {
          ops.copy(C, from, N, M, c_m, N);
          if (ones === 1) ops.copy(toOnes, from + M * N, M);
        } else {
          ops.add(C, C, from, N, M, c_m, c_m, N);
          if (ones === 1) ops.add(toOnes, toOnes, from + M * N, M);
        }
      }
    }
  },
};
