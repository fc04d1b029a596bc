// Sequences of their own lengths and masked steps through recurrent layers, pooling, attention, normalization and
// halves: WebGPU against the CPU, outputs and all gradients, whatever padding holds.

import { afterAll, beforeAll, expect, test } from "vitest";
import { cpu, type GpuBackend, webgpu } from "../../src/index.js";
import { checkPadding, maskedCases, otherLengths, raggedCases } from "../ragged_check.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

test.each([...raggedCases, ...otherLengths, ...maskedCases])("$name", async (c) => {
  const off = await checkPadding(c, gpu, cpu());
  expect(off.compared).toBeGreaterThan(c.net.shapes.size);
  expect(off.forward).toBeLessThanOrEqual(2e-5);
  expect(off.backward, off.where).toBeLessThanOrEqual(1e-4);
});
