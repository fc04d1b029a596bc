// Optimizers on WebGPU against PyTorch.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type GpuBackend, webgpu } from "../../src/index.js";
import { boundedCases, checkBounded, checkOptimizer, optimizerCases } from "../optimizers_check.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

test.each(optimizerCases)("$name", async (one) => {
  const off = await checkOptimizer(gpu, one);
  expect(off.metrics).toBeLessThanOrEqual(1e-5);
  expect(off.weights).toBeLessThanOrEqual(1e-5);
});

test.each(boundedCases)("$name", async (one) => {
  expect(await checkBounded(gpu, one)).toBeLessThanOrEqual(1e-5);
});
