// A sample of the random combinations of npm run test:sweep: WebGPU against the CPU in float32.

import { afterAll, beforeAll, test } from "vitest";
import { cpu, type GpuBackend, webgpu } from "../../src/index.js";
import { agreementOf } from "../fuzz/lots.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

test("30 combinations of options on both backends", () => agreementOf(0, gpu, cpu()), 600_000);
