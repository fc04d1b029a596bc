// Recurrent layers, cells and layer normalization against PyTorch, on WebGPU: outputs, final states, and
// the gradients of everything.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type GpuBackend, webgpu } from "../../src/index.js";
import { cases } from "../fixtures/goldens.js";
import { checkLayer } from "../goldens_check.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

test.each([...cases("module"), ...cases("packed"), ...cases("cell")])("$id", async (golden) => {
  const off = await checkLayer(gpu, golden);
  expect(off.compared).toBeGreaterThan(4);
  expect(off.forward).toBeLessThanOrEqual(2e-5);
  expect(off.backward).toBeLessThanOrEqual(1e-4);
});

test.each(cases("layernorm"))("$id", async (golden) => {
  const off = await checkLayer(gpu, golden);
  expect(off.compared).toBe(golden.args.elementwise_affine ? 4 : 2);
  const degenerate = golden.args.normalized_shape.join() === "1"; // its variance is 0
  expect(off.forward).toBeLessThanOrEqual(degenerate ? 1e-4 : 2e-5);
  expect(off.backward).toBeLessThanOrEqual(1e-4);
});
