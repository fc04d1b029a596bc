// Every loss and its options on WebGPU, against its definition and central differences of that; and losses
// that are infinite.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type GpuBackend, webgpu } from "../../src/index.js";
import { checkInfinite, checkLoss, lossCases } from "../losses_check.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

test.each(lossCases)("$name", async (one) => {
  for (const steps of ["all", "lengths"] as const) {
    const off = await checkLoss(gpu, one, steps, steps === "all");
    expect(off.forward, `${steps}: the loss`).toBeLessThanOrEqual(2e-6);
    expect(off.backward, `${steps}: its gradient`).toBeLessThanOrEqual(5e-6);
  }
});

test("an infinite loss is told, and its update skipped", () => checkInfinite(gpu));
