// Losses and training against PyTorch, on WebGPU: losses, gradients, gradient norms, and the weights
// after training.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type GpuBackend, webgpu } from "../../src/index.js";
import { cases } from "../fixtures/goldens.js";
import { checkCtc } from "../goldens_ctc_check.js";
import { checkCrossEntropy, checkTraining, type Deviations } from "../goldens_training_check.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

function expectWithin({ forward, backward, compared }: Deviations): void {
  expect(compared).toBeGreaterThanOrEqual(2);
  expect(forward).toBeLessThanOrEqual(2e-5);
  expect(backward).toBeLessThanOrEqual(1e-4);
}

test.each(cases("cross_entropy"))("$id", async (golden) => {
  expectWithin(await checkCrossEntropy(gpu, golden));
});

test.each(cases("ctc"))("$id", async (golden) => {
  expectWithin(await checkCtc(gpu, golden));
});

test.each(cases("train"))("$id", async (golden) => {
  expectWithin(await checkTraining(gpu, golden));
});
