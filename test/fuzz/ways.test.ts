// What is run a step a dispatch elsewhere, by scans: the 300 random combinations on WebGPU against the CPU, and PyTorch's
// cases, whose outputs also hold with matrices stored as float16.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cpu, type GpuBackend, webgpu } from "../../src/index.js";
import { ordinary } from "../../src/plan/device_class.js";
import { cases } from "../fixtures/goldens.js";
import { checkLayer } from "../goldens_check.js";
import { agreementOf, lots } from "./lots.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu({ costs: ordinary } as object); // on such a GPU small layers are scanned
});
afterAll(() => gpu.dispose());

test.each(lots)("lot %i: 30 combinations by scans on both backends", (lot) => agreementOf(lot, gpu, cpu()));

describe.each([...cases("module"), ...cases("packed"), ...cases("cell")])("$id", (golden) => {
  test("by a scan", async () => {
    const off = await checkLayer(gpu, golden, { strategy: "scan" });
    expect(off.compared).toBeGreaterThan(4);
    expect(off.forward).toBeLessThanOrEqual(2e-5);
    expect(off.backward).toBeLessThanOrEqual(1e-4);
  });

  test.each(["scan", "step"])("stored as float16, by a %s", async (strategy) => {
    const off = await checkLayer(gpu, golden, { strategy, storage: "float16" });
    expect(off.forward).toBeLessThanOrEqual(1e-2);
  });
});
