// Every way in which the CPU computes, for tests that hold for each: the reference, plain loops, SIMD, and
// SIMD with fused multiply-add where the engine has it (Chromium does, node 20 does not).

import type { CpuRequest } from "../src/backends/cpu/open.js";
import { simdModule } from "../src/backends/cpu/simd.js";
import { cpuBackend } from "../src/cpu_backend.js";
import type { CpuBackend } from "../src/types.js";

export interface CpuKind {
  readonly name: string;
  readonly request: CpuRequest;
  /** Of the goldens: largest difference of values, and of gradients. */
  readonly forward: number;
  readonly backward: number;
}

const module = simdModule();
if (module instanceof Error) throw module; // every engine that runs the tests has SIMD

const float32 = { forward: 1e-5, backward: 5e-5 };
const fused = { name: "SIMD, fused", request: {}, ...float32 };

export const cpuKinds: readonly CpuKind[] = [
  { name: "float64", request: { precision: "float64" }, forward: 2e-6, backward: 2e-6 },
  { name: "plain loops", request: { simd: false }, ...float32 },
  { name: "SIMD", request: { fused: false }, ...float32 },
  ...(module.fused ? [fused] : []),
];

/** The same as backends. */
export const cpuBackends: readonly (CpuKind & { readonly backend: CpuBackend })[] = cpuKinds.map((kind) => ({
  ...kind,
  backend: cpuBackend(kind.request),
}));
