// Where a WebGPU device comes from, floor 4: the caller's own, borrowed, or one requested from an adapter
// with the largest buffers and workgroups that it grants.

import { DeviceError } from "../../errors.js";
import type { DeviceClass } from "../../plan/device_class.js";
import { kindOf } from "../../weights/tensors.js";

export type OpenOptions = {
  readonly reason?: string;
  /** For tests: what it costs, where it is not to be measured. */
  readonly costs?: DeviceClass;
} & (
  | { readonly device: GPUDevice }
  | {
      readonly gpu?: GPU;
      readonly powerPreference?: GPUPowerPreference;
      /** "portable": the limits that every device has. Else the adapter's largest. */
      readonly limits?: "portable";
    }
);

export interface Opened {
  readonly device: GPUDevice;
  /** Borrowed devices are never destroyed by us. */
  readonly borrowed: boolean;
  readonly info: GPUAdapterInfo | undefined;
}

/** Requested as large as the adapter has them; cells of many states bind many buffers. Others suffice everywhere. */
const enlarged = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxStorageBuffersPerShaderStage",
] as const;

/** Asked for where there are some: variants of kernels use them. */
const optional = ["subgroups", "shader-f16"] as const;

/** Node's Dawn aborts the process when the object that gave a device is collected. */
const kept = new Set<GPU>();

/** Throws DeviceError where there is no WebGPU, no adapter or no device. */
export async function openDevice(options: OpenOptions): Promise<Opened> {
  if ("device" in options) {
    const { device } = options;
    if (!device?.limits) {
      throw new DeviceError(
        `webgpu(): device is of kind ${kindOf(device)}; it must be a GPUDevice. Await adapter.requestDevice().`,
      );
    }
    return { device, borrowed: true, info: device.adapterInfo };
  }
  const { gpu = globalThis.navigator?.gpu, powerPreference, limits } = options;
  if (!gpu) {
    throw new DeviceError(
      "webgpu(): there is no navigator.gpu; use a browser that has WebGPU, on https or localhost, pass { gpu } in " +
        "node, or use cpu().",
    );
  }
  kept.add(gpu);
  // a preference of undefined is none
  const adapter = await gpu.requestAdapter({ powerPreference } as GPURequestAdapterOptions);
  if (!adapter) {
    throw new DeviceError(
      "webgpu(): there is no adapter, no GPU that WebGPU may use; switch on hardware acceleration, or use cpu().",
    );
  }
  const largest = limits === "portable" ? [] : enlarged.map((name) => [name, adapter.limits[name]]);
  try {
    const device = await adapter.requestDevice({
      label: "webrnn",
      requiredFeatures: limits === "portable" ? [] : optional.filter((name) => adapter.features.has(name)),
      requiredLimits: Object.fromEntries(largest),
    });
    return { device, borrowed: false, info: adapter.info };
  } catch (cause) {
    throw new DeviceError(
      `webgpu(): the adapter gave no device (${String(cause)}); reload the page, or use cpu().`,
      { cause },
    );
  }
}

/** The name of an adapter, as far as the browser tells it. */
export function nameOf(info: GPUAdapterInfo | undefined): string {
  const { vendor, architecture, device, description } = info ?? {};
  return description || device || [vendor, architecture].filter(Boolean).join(" ") || "a GPU without a name";
}

/** Whether the "GPU" is a program on the CPU. */
export function isSoftware(info: GPUAdapterInfo | undefined): boolean {
  const told = [info?.architecture, info?.device, info?.description].join(" ");
  return (
    info?.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|microsoft basic render/i.test(told)
  );
}
