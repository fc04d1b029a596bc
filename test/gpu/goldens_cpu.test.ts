// Every golden on the CPU by SIMD with fused multiply-add, which Chromium has and node 20 has not: the other
// kinds of CPU meet them in node (test/unit).

import { afterAll, expect, test } from "vitest";
import { cpuBackends } from "../cpu_kinds.js";
import { cases } from "../fixtures/goldens.js";
import { checkRecurrent } from "../goldens_check.js";
import { checkCtc } from "../goldens_ctc_check.js";
import { checkCrossEntropy, checkTraining, type Deviations } from "../goldens_training_check.js";

const kind = cpuBackends.find(({ name }) => name === "SIMD, fused");
if (!kind) {
  throw new Error("This browser's WebAssembly has no relaxed SIMD; use one that has, as Chromium from 114.");
}
const { backend, ...tolerances } = kind;
afterAll(() => backend.dispose());

function expectWithin({ forward, backward, compared }: Deviations, least: number): void {
  expect(compared).toBeGreaterThanOrEqual(least);
  expect(forward).toBeLessThanOrEqual(tolerances.forward);
  expect(backward).toBeLessThanOrEqual(tolerances.backward);
}

test("it is fused", () => expect(backend.name).toBe("CPU, SIMD, fused"));

test.each([...cases("module"), ...cases("packed"), ...cases("cell")])("$id", async (golden) => {
  expectWithin(await checkRecurrent(backend, golden), 5);
});

test.each(cases("cross_entropy"))("$id", async (golden) => {
  expectWithin(await checkCrossEntropy(backend, golden), 2);
});

test.each(cases("ctc"))("$id", async (golden) => {
  expectWithin(await checkCtc(backend, golden), 2);
});

test.each(cases("train"))("$id", async (golden) => {
  expectWithin(await checkTraining(backend, golden), 11);
});
