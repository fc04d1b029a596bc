// Chooses the backend, and says in facts which it is.

import { type Backend, bestBackend, cpu, DeviceError, webgpu } from "webrnn";
import type { Device } from "../protocol.js";
import type { BackendChoice } from "../settings.js";
import { Refusal } from "./refusal.js";

export interface Chosen {
  readonly backend: Backend;
  readonly device: Device;
}

/** Throws Refusal where WebGPU was asked for and there is none. */
export async function chooseBackend(choice: BackendChoice): Promise<Chosen> {
  if (choice === "cpu") {
    return describe(cpu(), false);
  }
  if (choice === "auto") {
    const backend = await bestBackend();
    return describe(backend, backend.kind === "webgpu" && !isSoftware(backend.device));
  }
  try {
    const backend = await webgpu();
    return describe(backend, !isSoftware(backend.device));
  } catch (error) {
    if (error instanceof DeviceError) {
      throw new Refusal("device", "noAdapter", error.message);
    }
    throw error;
  }
}

function describe(backend: Backend, hardware: boolean): Chosen {
  const { kind, name, reason } = backend;
  return { backend, device: { kind, name, reason, hardware } };
}

/** Whether a device is a program that runs on the CPU. Firefox says nothing of its adapters: then it is a GPU. */
function isSoftware({ adapterInfo }: GPUDevice): boolean {
  const words = [adapterInfo.vendor, adapterInfo.architecture, adapterInfo.device, adapterInfo.description];
  return /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(words.join(" "));
}
