// Node's Dawn for benches that run outside a browser: a device with timestamps where it has them, as exact as it
// gives them.

import { create } from "webgpu";

export interface Dawn {
  readonly device: GPUDevice;
  readonly name: string;
  /** Whether its passes can be timed. */
  readonly hasClock: boolean;
}

/** Node's Dawn aborts the process when the object that gave a device is collected. */
const kept: unknown[] = [];

/** Timestamps are given in steps of 65.5 µs unless Dawn is told otherwise. */
const flags = ["enable-dawn-features=allow_unsafe_apis", "disable-dawn-features=timestamp_quantization"];

export async function openDawn(): Promise<Dawn> {
  const gpu = create(flags);
  kept.push(gpu);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new Error(
      "bench: node's Dawn finds no adapter; install a Vulkan driver, or Chromium, whose software adapter it takes.",
    );
  }
  const hasClock = adapter.features.has("timestamp-query");
  const names = ["maxBufferSize", "maxStorageBufferBindingSize", "maxComputeWorkgroupStorageSize"] as const;
  const wanted = (["timestamp-query", "shader-f16", "subgroups"] as const).filter((name) =>
    adapter.features.has(name),
  );
  const device = await adapter.requestDevice({
    requiredFeatures: wanted,
    requiredLimits: Object.fromEntries(names.map((name) => [name, adapter.limits[name]])),
  });
  const { description, device: chip, vendor, architecture } = adapter.info;
  return { device, hasClock, name: description || chip || `${vendor} ${architecture}` };
}
