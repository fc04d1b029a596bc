// Where a WebGPU device comes from, floor 4: the caller's own, borrowed, or one requested from an adapter with the largest
// buffers and workgroups that it grants.

import { DeviceError } from "../../errors.js";

export type OpenOptions =
  | { readonly device: GPUDevice; readonly reason?: string }
  | {
      readonly gpu?: GPU;
      readonly powerPreference?: GPUPowerPreference;
      /** "portable": the limits that every device has. Else the adapter's largest. */
      readonly limits?: "portable";
      readonly reason?: string;
    };

export interface Opened {
  readonly device: GPUDevice;
  /** Borrowed devices are never destroyed by us. */
  readonly borrowed: boolean;
  readonly name: string;
  /** Whether the "GPU" is a program on the CPU. */
  readonly software: boolean;
}

/** The limits that a kernel or a plan may come up against. */
export const limitNames = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
  "minUniformBufferOffsetAlignment",
  "minStorageBufferOffsetAlignment",
] as const;

/** Requested as large as the adapter has them. Storage buffers a stage are not: 8 suffice, everywhere. */
const enlarged = limitNames.filter((name) => name.startsWith("max") && !/BuffersPer/.test(name));

/** Node's Dawn aborts the process when the object that gave a device is collected. */
const kept = new Set<GPU>();

/** Throws DeviceError where there is no WebGPU, no adapter or no device. */
export async function openDevice(options: OpenOptions): Promise<Opened> {
  if ("device" in options) {
    const { device } = options;
    return { device, borrowed: true, ...describe(device.adapterInfo) };
  }
  const gpu = options.gpu ?? globalThis.navigator?.gpu;
  if (!gpu) {
    throw new DeviceError(
      "webgpu(): there is no WebGPU here (navigator.gpu is missing); use a browser that has it, on https or " +
        "localhost, or pass { gpu } (in node: create([]) of the package webgpu), or use cpu().",
    );
  }
  kept.add(gpu);
  const { powerPreference } = options;
  const adapter = await gpu.requestAdapter(powerPreference ? { powerPreference } : {});
  if (!adapter) {
    throw new DeviceError(
      "webgpu(): there is WebGPU but no adapter, no GPU that it may use; switch on the browser's hardware " +
        "acceleration, update the GPU's driver, or use cpu().",
    );
  }
  const requiredLimits: Record<string, number> = {};
  if (options.limits !== "portable") {
    for (const name of enlarged) {
      requiredLimits[name] = adapter.limits[name];
    }
  }
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ label: "webrnn", requiredLimits });
  } catch (error) {
    throw new DeviceError(
      `webgpu(): the adapter gave no device (${String(error)}); reload the page, or use cpu().`,
      { cause: error },
    );
  }
  return { device, borrowed: false, ...describe(adapter.info, adapter) };
}

/** The name of an adapter, as far as the browser tells it, and whether it is one of the known software ones. */
export function describe(
  info: GPUAdapterInfo | undefined,
  adapter?: GPUAdapter,
): { name: string; software: boolean } {
  const words = [info?.vendor, info?.architecture, info?.device, info?.description].filter(Boolean);
  const name = info?.description || info?.device || words.join(" ") || "a GPU that the browser does not name";
  // browsers have the flag on the adapter (older) or on its info
  const fallback =
    info?.isFallbackAdapter ??
    (adapter as { isFallbackAdapter?: boolean } | undefined)?.isFallbackAdapter ??
    false;
  const known = /swiftshader|llvmpipe|lavapipe|microsoft basic render/i.test(words.join(" "));
  return { name, software: fallback || known };
}
