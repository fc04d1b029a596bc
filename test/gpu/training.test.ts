// Trainers on WebGPU: what every trainer does, and the losses of the CPU.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cpu, type GpuBackend, webgpu } from "../../src/index.js";
import { deviation, difference } from "../agree_check.js";
import { firstLosses, trainingSuite, writers } from "../training_check.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

describe("what every trainer does", () => trainingSuite(() => gpu));

test.each(writers)("$name: the first 20 losses are those of the CPU", async ({ net }) => {
  const [got, want] = [await firstLosses(gpu, net), await firstLosses(cpu(), net)];
  expect(got.losses.length).toBe(20);
  expect(deviation(got.losses, want.losses)).toBeLessThanOrEqual(1e-4);
  expect(deviation(got.gradNorms, want.gradNorms)).toBeLessThanOrEqual(1e-4);
  const off = difference(got.weights, want.weights);
  expect(off.worst, off.where).toBeLessThanOrEqual(1e-3); // Adam divides by the gradients' roots
});
