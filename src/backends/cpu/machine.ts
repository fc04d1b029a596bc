// The CPU as a machine, floor 4: a run is a loop over the plan that calls each kernel's `cpu`. In float64 it
// is the reference, in float32 the fallback. Addresses are resolved when a plan is built; a run allocates
// nothing.

import { check } from "../../plan/check.js";
import { processor } from "../../plan/device_class.js";
import type { Buffer, Plan } from "../../plan/plan.js";
import { disposed, Life } from "../life.js";
import type { Building, Machine, Memory, Runnable } from "../machine.js";
import { Arena, CpuMemory, type Ground } from "./memory.js";
import { plainGround } from "./plain.js";
import { CpuRunnable } from "./runnable.js";

/** How it computes. */
interface Way {
  readonly name: string;
  readonly reason: string;
  readonly precision: "float32" | "float64";
  /** Floating-point operations a second, in classes, as one core does them in large products. */
  readonly speed: number;
  readonly ground: () => Ground;
}

export class CpuMachine implements Machine {
  readonly kind = "cpu";
  readonly name: string;
  readonly reason: string;
  readonly precision: "float32" | "float64";
  readonly speed: number;
  /** Never resolves: a CPU is not lost. */
  readonly lost: Promise<Error> = new Promise(() => {});
  readonly #life = new Life();
  readonly #ground: () => Ground;
  #arena: Arena;

  constructor({ name, reason, precision, speed, ground }: Way) {
    this.name = name;
    this.reason = reason;
    this.precision = precision;
    this.speed = speed;
    this.#ground = ground;
    this.#arena = new Arena(ground());
  }

  /** An arena may be as large as the engine gives it. */
  readonly largest = Number.POSITIVE_INFINITY;
  readonly costs = processor;
  readonly limits = {};

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

  async build(
    plan: Plan,
    shared: ReadonlyMap<Buffer, Memory>,
    how: Building = {},
    over?: Runnable,
  ): Promise<CpuRunnable> {
    how.signal?.throwIfAborted();
    const runnable = this.buildNow(plan, shared, over);
    const kernels = new Set(plan.dispatches.map((dispatch) => dispatch.kernel)).size;
    how.onProgress?.(kernels, kernels);
    return runnable;
  }

  buildNow(plan: Plan, shared: ReadonlyMap<Buffer, Memory>, over?: Runnable): CpuRunnable {
    this.ensure("build");
    const below = over instanceof CpuRunnable ? over : undefined;
    const runnable = new CpuRunnable(this.#arena, plan, shared, this.#life, below);
    check(plan); // after what is too large has been refused, since of that no number fits
    return runnable;
  }

  dispose(): void {
    this.#life.end(disposed("backend"));
    this.#arena = new Arena(this.#ground());
  }
}

/** By plain loops. */
export function plainMachine(precision: "float32" | "float64", reason: string): CpuMachine {
  return new CpuMachine({
    name: `CPU, plain loops${precision === "float64" ? ", float64" : ""}`,
    reason,
    precision,
    speed: 3e9,
    ground: () => plainGround(precision),
  });
}
