// What a trainer makes of its gradients, on WebGPU.

import { afterAll, beforeAll } from "vitest";
import { type GpuBackend, webgpu } from "../../src/index.js";
import { updateSuite } from "../update_check.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

updateSuite(() => gpu);
