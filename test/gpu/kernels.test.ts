// Each kernel's shader against its `cpu` in float32, over shapes that are 1, prime or just above a workgroup.
// Each case runs once and twice: what accumulates must, what does not must not, and nothing may lie outside
// of what a kernel owns.

import { afterAll, describe, expect, test } from "vitest";
import { openCpu } from "../../src/backends/cpu/open.js";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import { type Case, difference, onMachine } from "../kernel_cases/case.js";
import { ctcCases } from "../kernel_cases/ctc.js";
import { lossCases } from "../kernel_cases/losses.js";
import { matmulCases } from "../kernel_cases/matmul.js";
import { rowCases } from "../kernel_cases/rows.js";
import { samplingCases } from "../kernel_cases/sampling.js";
import { stepCases } from "../kernel_cases/steps.js";
import { updateCases } from "../kernel_cases/updates.js";

const isBrowser = "document" in globalThis;
const gpu = await openGpu();
const cpu = openCpu({ simd: false });
afterAll(() => gpu.dispose());

const groups: readonly (readonly [string, readonly Case[]])[] = [
  // where a compiler takes seconds for each of their texts, as on lavapipe, some of them
  ["products", isBrowser ? matmulCases : matmulCases.filter((_, n) => n % 6 === 0)],
  ["rows", rowCases],
  ["losses", [...lossCases, ...ctcCases]],
  ["steps", stepCases],
  ["updates", updateCases],
  ["sampling", samplingCases],
];

describe.each(groups)("%s", (_, cases) => {
  test.each(cases.map((c) => [c.title, c] as const))("%s", async (_, c) => {
    for (const runs of [1, 2]) {
      const want = await onMachine(cpu, c, runs);
      const got = await onMachine(gpu, c, runs);
      for (const name of Object.keys(want)) {
        expect(difference(got[name], want[name]), `${name} after ${runs} runs`).toBeLessThanOrEqual(1e-5);
      }
    }
  });
});
