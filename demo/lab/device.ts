// Chooses the backend, and says in facts which it is.

import {
  type Backend,
  bestBackend,
  type CpuBackend,
  cpu,
  DeviceError,
  type GpuBackend,
  webgpu,
} from "webrnn";
import type { CpuPath, Device } from "../protocol.js";
import type { BackendChoice } from "../settings.js";
import { Refusal } from "./refusal.js";

export interface Chosen {
  readonly choice: BackendChoice;
  readonly backend: Backend;
  readonly device: Device;
}

/** Throws Refusal where WebGPU was asked for and there is none. */
export async function chooseBackend(choice: BackendChoice): Promise<Chosen> {
  if (choice === "cpu") {
    return describe(choice, cpu());
  }
  if (choice === "auto") {
    return describe(choice, await bestBackend());
  }
  try {
    return describe(choice, await webgpu());
  } catch (error) {
    if (error instanceof DeviceError) {
      throw new Refusal("device", "noAdapter", error.message);
    }
    throw error;
  }
}

function describe(choice: BackendChoice, backend: GpuBackend | CpuBackend): Chosen {
  const { name, reason } = backend;
  const device = "device" in backend ? describeGpu(backend) : describeCpu(backend);
  return { choice, backend, device: { name, reason, ...device } };
}

function describeGpu(backend: GpuBackend) {
  const software = isSoftware(backend);
  return { kind: "webgpu", software, power: software ? "low" : "high" } as const;
}

function describeCpu(backend: CpuBackend) {
  const path = pathOf(backend);
  const isFast = path === "simd" || path === "fused";
  return { kind: "cpu", path, power: isFast ? "middle" : "low" } as const;
}

/** A CPU's name says how it computes. */
function pathOf({ name }: CpuBackend): CpuPath {
  if (name.includes("SIMD")) {
    return name.includes("fused") ? "fused" : "simd";
  }
  return mayRunWebAssembly() ? "lacking" : "refused";
}

/** Whether the page's security policy lets WebAssembly be: the smallest module shows it. */
function mayRunWebAssembly(): boolean {
  try {
    return Boolean(new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)));
  } catch {
    return false;
  }
}

/** Whether a GPU is a program that runs on the CPU, as far as the browser tells. */
function isSoftware({ name, device }: GpuBackend): boolean {
  const info: GPUAdapterInfo | undefined = device.adapterInfo; // not every browser has it
  return info?.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(name);
}
