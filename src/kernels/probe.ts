// What a device is measured with, floor 2: exchanges between invocations, reads from the cache, multiplications and
// additions, so many of each.

import wgsl from "../../shaders/probe.wgsl?raw";
import { defineKernel } from "./kernel.js";

/** Words between two numbers that an invocation reads one after the other. */
const stride = 196_864;
/** Operations of a term: sixteen numbers are multiplied and added to. */
export const flopsOfTerm = 32;

export const probe = /* @__PURE__ */ defineKernel({
  name: "probe",
  wgsl,
  bindings: { input: "read", out: "read_write" },
  params: { groups: "u32", exchanges: "u32", reads: "u32", terms: "u32", n: "u32" },
  workgroupBytes: 1_024,
  workgroups: ({ groups }) => [groups, 1, 1],
  cpu({ floats: f }, at, { groups, exchanges, reads, terms, n }) {
    const input = (i: number): number => f[at.input + (i % n)];
    for (let group = 0; group < groups; group += 1) {
      let x = Array.from({ length: 256 }, (_, l) => input(group * 256 + l));
      for (let i = 0; i < exchanges; i += 1) {
        x = x.map((_, l) => 0.5 * x[(l + 1) % 256] + input(i * 256 + l));
      }
      x.forEach((first, l) => {
        let sum = first;
        for (let i = 1; i <= reads; i += 1) sum += input(group * 256 + l + i * stride);
        let total = 0;
        for (let k = 0; k < 16; k += 1) {
          let a = sum + k;
          for (let i = 0; i < terms; i += 1) a = 0.5 * a + sum;
          total += a;
        }
        f[at.out + group * 256 + l] = total;
      });
    }
  },
  flops: ({ groups, exchanges, reads, terms }) =>
    groups * 256 * (2 * exchanges + reads + flopsOfTerm * terms),
});
