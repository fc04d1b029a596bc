// What a device is measured with, floor 2: exchanges between invocations, reads from the cache, multiplications and
// additions, so many of each.

import wgsl from "../../shaders/probe.wgsl?raw";
import { defineKernel } from "./kernel.js";

/** Operations of a term: sixteen numbers are multiplied and added to. */
export const flopsOfTerm = 32;

export const probe = /* @__PURE__ */ defineKernel({
  name: "probe",
  wgsl,
  bindings: { input: "read", out: "read_write" },
  params: { groups: "u32", exchanges: "u32", reads: "u32", terms: "u32", n: "u32" },
  workgroupBytes: 1_024,
  workgroups: ({ groups }) => [groups, 1, 1],
  twin: () => {
    throw new Error("probe: a CPU is not measured"); // tests have one, to which they hold the shader
  },
  flops: ({ groups, exchanges, reads, terms }) =>
    groups * 256 * (2 * exchanges + reads + flopsOfTerm * terms),
});
