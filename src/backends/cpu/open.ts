// Which CPU there is, floor 4: with SIMD, or by plain loops. Who wants the float64 reference alone has no SIMD.

import { CpuMachine, plainMachine } from "./machine.js";
import { simdGround, simdModule } from "./simd.js";

export interface CpuRequest {
  readonly precision?: "float32" | "float64";
  readonly simd?: boolean;
  /**
   * Whether SIMD may fuse multiply and add. For tests and benches: who wants the same bits everywhere has
   * float64.
   */
  readonly fused?: boolean;
  readonly reason?: string;
}

/** simd: false for plain loops. Float64 has nothing else. */
export function openCpu({
  precision = "float32",
  simd = true,
  fused = true,
  reason = "cpu() asked for it",
}: CpuRequest = {}): CpuMachine {
  const module = simd && precision === "float32" ? simdModule(fused) : undefined;
  if (!module) return plainMachine(precision, reason);
  if (module instanceof Error) return plainMachine(precision, `${reason}; no SIMD: ${module.message}`);
  return new CpuMachine({
    name: `CPU, SIMD${module.fused ? ", fused" : ""}`,
    reason,
    precision,
    speed: module.fused ? 36e9 : 30e9,
    ground: () => simdGround(module),
  });
}
