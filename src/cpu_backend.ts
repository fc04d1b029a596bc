// cpu(), floor 5.

import { BackendOfMachine } from "./backend.js";
import { type CpuRequest, openCpu } from "./backends/cpu/open.js";
import { CpuSessionOfNetwork } from "./inference/cpu_session.js";
import type { CpuBackend, F64 } from "./types.js";

/**
 * The CPU: in float32 with SIMD in WebAssembly, by plain loops where that is refused or `simd` is false; or
 * in float64 by plain loops, the reference that everything is verified against. `name` says which.
 */
export function cpu(o: { precision: "float64" }): CpuBackend<F64>;
export function cpu(o?: { precision?: "float32"; simd?: boolean }): CpuBackend;
export function cpu(o: CpuRequest = {}): CpuBackend | CpuBackend<F64> {
  const { precision, simd } = o;
  return cpuBackend({ ...(precision && { precision }), ...(simd !== undefined && { simd }) });
}

/** The same, with a reason to show. */
export function cpuBackend(request: CpuRequest): CpuBackend {
  // The class does what the public type says for every network; the type alone knows the network's names.
  return new BackendOfMachine(openCpu(request), CpuSessionOfNetwork) as unknown as CpuBackend;
}
