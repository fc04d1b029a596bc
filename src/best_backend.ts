// bestBackend(), floor 5.

import { openCpu } from "./backends/cpu/open.js";
import { openGpu, type WebGpuMachine } from "./backends/webgpu/machine.js";
import { cpuBackend } from "./cpu_backend.js";
import { gpuBackend } from "./gpu_backend.js";
import { networkOf } from "./network/network.js";
import { type PlanRequest, planFor } from "./network/planner.js";
import { cost } from "./plan/cost.js";
import { totalSeconds } from "./plan/strategy.js";
import type { CpuBackend, GpuBackend, InputsOf, Model, Sizes } from "./types.js";

/**
 * A hardware GPU if there is one, else the CPU; `reason` says which and why. Given a network and sizes: the
 * GPU only if this CPU, with SIMD or without, would need longer for a run than the GPU, as it was measured.
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
  if (!why) return gpuBackend(machine);
  machine.dispose();
  return cpuBackend({ reason: why });
}

function reasonAgainst(machine: WebGpuMachine, net?: Model, sizes?: object): string | undefined {
  if (machine.software) return `the adapter (${machine.name}) is itself a program on the CPU`;
  if (!net || !sizes) return undefined;
  const network = networkOf(net);
  const { largest, costs, limits } = machine;
  const request = { ...sizes, largest, device: costs, limits } as unknown as PlanRequest; // as a trainer's or session's
  const { plan } = planFor(network, network.arena, request).built;
  const seconds = totalSeconds(plan, costs);
  return reasonOfCost({ flops: cost([plan]).flops, seconds }, openCpu().speed);
}

/**
 * Why a GPU that takes so many seconds does not pay beside a CPU that does so many operations a second; undefined
 * where it does.
 */
export function reasonOfCost(
  { flops, seconds }: { readonly flops: number; readonly seconds: number },
  speed: number,
): string | undefined {
  if (flops / speed > seconds) return undefined;
  const [onCpu, onGpu] = [flops / speed, seconds].map((one) => (one * 1e6).toFixed(1));
  return (
    `the network is too small for a GPU: ${flops} operations take the CPU ${onCpu} microseconds, ` +
    `a GPU like this one ${onGpu}`
  );
}
