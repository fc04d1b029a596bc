// The same 300 random combinations of options: WebGPU against the CPU in float32.

import { afterAll, beforeAll, test } from "vitest";
import { cpu, type GpuBackend, webgpu } from "../../src/index.js";
import { agreementOf, lots } from "./lots.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

test.each(lots)("lot %i: 30 combinations on both backends", (lot) => agreementOf(lot, gpu, cpu()));
