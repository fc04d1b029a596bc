// webgpu(), floor 5.

import { BackendOfMachine } from "./backend.js";
import { openGpu, type WebGpuMachine } from "./backends/webgpu/machine.js";
import { GpuSessionOfNetwork } from "./inference/gpu_session.js";
import type { GpuBackend } from "./types.js";

class BackendOfGpu extends BackendOfMachine {
  declare readonly machine: WebGpuMachine;

  get device(): GPUDevice {
    return this.machine.device;
  }
}

export function gpuBackend(machine: WebGpuMachine): GpuBackend {
  // The class does what the public type says for every network; the type alone knows the network's names.
  return new BackendOfGpu(machine, GpuSessionOfNetwork) as unknown as GpuBackend;
}

/**
 * WebGPU on a device of its own, or on the caller's (`device`), which is never destroyed by webrnn. gpu:
 * another implementation of WebGPU, as node's. limits: the adapter's largest unless "portable". When a hardware
 * GPU is first opened, some tens of milliseconds of work tell how it runs best. An error that the device reports late
 * (uncapturederror) ends the backend; one of the caller's device does not, since it may be of the caller's own calls.
 *
 * @throws DeviceError if there is no WebGPU, no adapter or no device.
 */
export async function webgpu(
  o: { device: GPUDevice } | { gpu?: GPU; powerPreference?: GPUPowerPreference; limits?: "portable" } = {},
): Promise<GpuBackend> {
  return gpuBackend(await openGpu(o));
}
