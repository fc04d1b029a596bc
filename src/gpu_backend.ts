// webgpu() and bestBackend(), floor 5.

import { BackendOfMachine, cpuBackend } from "./backend.js";
import { openGpu, type WebGpuMachine } from "./backends/webgpu/machine.js";
import { GpuSessionOfNetwork } from "./inference/gpu_session.js";
import type { CpuBackend, GpuBackend, InputsOf, Model, Sizes } from "./types.js";

class BackendOfGpu extends BackendOfMachine {
  declare readonly machine: WebGpuMachine;

  get device(): GPUDevice {
    return this.machine.device;
  }
}

function backendOf(machine: WebGpuMachine): GpuBackend {
  // The class does what the public type says for every network; the type alone knows the network's names.
  return new BackendOfGpu(machine, GpuSessionOfNetwork) as unknown as GpuBackend;
}

/**
 * WebGPU on a device of its own, or on the caller's (`device`), which is never destroyed by webrnn. gpu:
 * another implementation of WebGPU, as node's. limits: the adapter's largest unless "portable".
 *
 * @throws DeviceError if there is no WebGPU, no adapter or no device.
 */
export async function webgpu(
  o: { device: GPUDevice } | { gpu?: GPU; powerPreference?: GPUPowerPreference; limits?: "portable" } = {},
): Promise<GpuBackend> {
  return backendOf(await openGpu(o));
}

/**
 * A hardware GPU if there is one, else the CPU; `reason` says which and why. Given a network and sizes: the
 * GPU only if the network is large enough for it to pay.
 */
export async function bestBackend<M extends Model>(
  net?: M,
  sizes?: Sizes<InputsOf<M>>,
): Promise<GpuBackend | CpuBackend> {
  let machine: WebGpuMachine;
  try {
    machine = await openGpu({ reason: "there is a hardware GPU" });
  } catch (error) {
    return cpuBackend({ reason: (error as Error).message }); // openGpu throws nothing else
  }
  const why = reasonAgainst(machine, net, sizes);
  if (!why) return backendOf(machine);
  machine.dispose();
  return cpuBackend({ reason: why });
}

/** A dispatch costs a GPU about 2 microseconds; a CPU does some two thousand operations in that time. */
const flopsPerDispatch = 2000;

function reasonAgainst(machine: WebGpuMachine, net?: Model, sizes?: object): string | undefined {
  if (machine.software) return `the adapter (${machine.name}) is itself a program on the CPU`;
  if (!net || !sizes) return undefined;
  const { flops, dispatches } = net.plan(sizes as Parameters<Model["plan"]>[0]).cost();
  if (flops > dispatches * flopsPerDispatch) return undefined;
  return `the network is too small for a GPU (${flops} operations in ${dispatches} dispatches)`;
}
