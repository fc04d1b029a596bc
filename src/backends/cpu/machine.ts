// The CPU as a machine, floor 4: a run is a loop over the plan that calls each kernel's `cpu`. In float64 it
// is the reference, in float32 the fallback. Addresses are resolved when a plan is built; a run allocates
// nothing.

import { check } from "../../plan/check.js";
import type { Buffer, Plan } from "../../plan/plan.js";
import { disposed, Life } from "../life.js";
import type { Building, Machine, Memory } from "../machine.js";
import { Arena, CpuMemory } from "./memory.js";
import { CpuRunnable } from "./runnable.js";

export class CpuMachine implements Machine {
  readonly kind = "cpu";
  readonly name: string;
  readonly reason: string;
  readonly precision: "float32" | "float64";
  /** Never resolves: a CPU is not lost. */
  readonly lost: Promise<Error> = new Promise(() => {});
  readonly #life = new Life();
  #arena: Arena;

  constructor(precision: "float32" | "float64" = "float32", reason = "cpu() asked for it") {
    this.precision = precision;
    this.name = `CPU (plain loops, ${precision})`;
    this.reason = reason;
    this.#arena = new Arena(precision);
  }

  get bytes(): number {
    return this.#arena.used;
  }

  ensure(where: string): void {
    this.#life.ensure(where);
  }

  async allocate(buffer: Buffer): Promise<CpuMemory> {
    this.ensure(buffer.name);
    return new CpuMemory(this.#arena, buffer, new Life(this.#life));
  }

  async build(plan: Plan, shared: ReadonlyMap<Buffer, Memory>, how: Building = {}): Promise<CpuRunnable> {
    this.ensure("build");
    how.signal?.throwIfAborted();
    check(plan);
    const runnable = new CpuRunnable(this.#arena, plan, shared, this.#life);
    const kernels = new Set(plan.dispatches.map((dispatch) => dispatch.kernel)).size;
    how.onProgress?.(kernels, kernels);
    return runnable;
  }

  dispose(): void {
    this.#life.end(disposed("backend"));
    this.#arena = new Arena(this.precision);
  }
}
