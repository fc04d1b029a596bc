// How a GPU test gets a device: from the browser, or it fails. A test without an adapter proves nothing, so
// none is skipped.

import { openGpu, type WebGpuMachine } from "../../src/backends/webgpu/machine.js";

/** What variants of kernels need and a device may have. Those that the adapter lacks are tested on another host. */
export const optional = ["shader-f16", "subgroups", "timestamp-query"] as const;

/**
 * A device with portable limits, as an app would bring one, and what its adapter has of the optional features. The
 * test destroys it, or leaves it to the page's end.
 */
export async function testDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) {
    throw new Error(
      "testDevice: this browser has WebGPU but no adapter; give it a GPU or a software adapter (scripts/browser.mjs).",
    );
  }
  const requiredFeatures = optional.filter((feature) => adapter.features.has(feature));
  const device = await adapter.requestDevice({ label: "test", requiredFeatures });
  device.addEventListener("uncapturederror", (event) => {
    // by then a test that has made it has said so, where an event can be prevented: on deno none can
    setTimeout(() => {
      if (event.cancelable && !event.defaultPrevented) throw new Error(`testDevice: ${event.error.message}`);
    });
  });
  return device;
}

/** A machine on a device of its own, with portable limits. */
export async function testMachine(): Promise<WebGpuMachine> {
  return openGpu({ limits: "portable" });
}
