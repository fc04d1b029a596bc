// How a GPU test gets a device: from the browser, or it fails. A test without an adapter proves nothing, so
// none is skipped.

import { openGpu, type WebGpuMachine } from "../../src/backends/webgpu/machine.js";

/**
 * A device with portable limits, as an app would bring one. The test destroys it, or leaves it to the page's
 * end.
 */
export async function testDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) {
    throw new Error(
      "testDevice: this browser has WebGPU but no adapter; give it a GPU or a software adapter (scripts/browser.mjs).",
    );
  }
  return adapter.requestDevice({ label: "test" });
}

/** A machine on a device of its own, with portable limits. */
export async function testMachine(): Promise<WebGpuMachine> {
  return openGpu({ limits: "portable" });
}
