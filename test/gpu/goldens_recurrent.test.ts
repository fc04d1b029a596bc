// Recurrent layers and cells against PyTorch, on WebGPU: outputs, final states, and the gradients of
// everything.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type GpuBackend, webgpu } from "../../src/index.js";
import { cases } from "../fixtures/goldens.js";
import { checkRecurrent } from "../goldens_check.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

test.each([...cases("module"), ...cases("packed"), ...cases("cell")])("$id", async (golden) => {
  const off = await checkRecurrent(gpu, golden);
  expect(off.compared).toBeGreaterThan(4);
  expect(off.forward).toBeLessThanOrEqual(2e-5);
  expect(off.backward).toBeLessThanOrEqual(1e-4);
});
