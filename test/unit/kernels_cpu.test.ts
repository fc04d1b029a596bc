// Each kernel's `cpu` against loops that say the same without operations on vectors: in float64 to rounding,
// in float32 to its rounding. Each case runs once and twice: what accumulates must, what does not must not.

import { describe, expect, test } from "vitest";
import { openCpu } from "../../src/backends/cpu/open.js";
import { sortByToken } from "../../src/kernels/gather_backward.js";
import { cpuKinds } from "../cpu_kinds.js";
import { byLoops, type Case, difference, onMachine } from "../kernel_cases/case.js";
import { ctcCases } from "../kernel_cases/ctc.js";
import { lossCases } from "../kernel_cases/losses.js";
import { matmulCases } from "../kernel_cases/matmul.js";
import { rowCases } from "../kernel_cases/rows.js";
import { samplingCases } from "../kernel_cases/sampling.js";
import { stepCases } from "../kernel_cases/steps.js";
import { updateCases } from "../kernel_cases/updates.js";

const cases: readonly Case[] = [
  ...matmulCases,
  ...rowCases,
  ...lossCases,
  ...ctcCases,
  ...stepCases,
  ...updateCases,
  ...samplingCases,
];

describe.each(cpuKinds)("$name", ({ name, request }) => {
  const machine = openCpu(request);
  const tolerance = name === "float64" ? 1e-13 : 2e-6;

  test.each(cases.map((c) => [c.title, c] as const))("%s", async (_, c) => {
    for (const runs of [1, 2]) {
      const want = byLoops(c, runs);
      const got = await onMachine(machine, c, runs);
      for (const name of Object.keys(want)) {
        expect(difference(got[name], want[name]), `${name} after ${runs} runs`).toBeLessThanOrEqual(
          tolerance,
        );
      }
    }
  });
});

test("rows are sorted by token, and stay in order within one", () => {
  const { order, starts } = sortByToken([2, 0, 2, 4, 0, 2], 5);
  expect([...order]).toEqual([1, 4, 0, 2, 5, 3]);
  expect([...starts]).toEqual([0, 2, 2, 5, 5, 6]);
});
