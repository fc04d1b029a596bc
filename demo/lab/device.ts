// Chooses the backend, and says in facts which it is.

import { type Backend, bestBackend, cpu, DeviceError, type GpuBackend, webgpu } from "webrnn";
import type { Device } from "../protocol.js";
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
    return describe(choice, cpu(), false);
  }
  if (choice === "auto") {
    const backend = await bestBackend();
    return describe(choice, backend, backend.kind === "webgpu");
  }
  try {
    const backend = await webgpu();
    return describe(choice, backend, !isSoftware(backend));
  } catch (error) {
    if (error instanceof DeviceError) {
      throw new Refusal("device", "noAdapter", error.message);
    }
    throw error;
  }
}

function describe(choice: BackendChoice, backend: Backend, hardware: boolean): Chosen {
  const { kind, name, reason } = backend;
  return { choice, backend, device: { kind, name, reason, hardware } };
}

/** Whether a GPU is a program that runs on the CPU, as far as the browser tells. */
function isSoftware({ name, device }: GpuBackend): boolean {
  const info: GPUAdapterInfo | undefined = device.adapterInfo; // not every browser has it
  return info?.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(name);
}
