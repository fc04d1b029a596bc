// Every golden on the CPU by SIMD with fused multiply-add, which Chromium has and node 20 has not: the other
// kinds of CPU meet them in node (test/unit).

import { afterAll, expect, test } from "vitest";
import { cpuBackends } from "../cpu_kinds.js";
import { cases } from "../fixtures/goldens.js";
import { checkLayer } from "../goldens_check.js";
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
  expectWithin(await checkLayer(backend, golden), 5);
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

test.each(cases("layernorm"))("$id", async (golden) => {
  const off = await checkLayer(backend, golden);
  expect(off.compared).toBe(golden.args.elementwise_affine ? 4 : 2);
  const degenerate = golden.args.normalized_shape.join() === "1"; // its variance is 0
  expect(off.forward).toBeLessThanOrEqual(degenerate ? 1e-4 : tolerances.forward);
  expect(off.backward).toBeLessThanOrEqual(degenerate ? 1e-4 : tolerances.backward);
});
