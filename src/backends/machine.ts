// What runs plans, floor 4: the two things that the public backends (src/backend.ts) ask of the CPU and of
// WebGPU alike. Writes, runs and reads take effect in the order of their calls, whether or not they are
// awaited.

import type { Run } from "../kernels/kernel.js";
import type { Limits } from "../plan/check.js";
import type { DeviceClass } from "../plan/device_class.js";
import type { Buffer, Plan } from "../plan/plan.js";

export type Floats32or64 = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
/** What a buffer holds, on the host: floats of the machine's precision, or integers. */
export type Contents = Floats32or64 | Uint32Array<ArrayBuffer>;
/** What may be written into one: floats of either precision, or integers for a u32 buffer. */
export type Writable = Float32Array | Float64Array | Uint32Array | Int32Array;

/** Memory that outlives plans: weights, moments, carried state. */
export interface Memory {
  readonly buffer: Buffer;
  /** Copies data to element `at`. */
  write(data: Writable, at?: number): void;
  /** Copies all of another memory of the same size and machine. */
  copy(from: Memory): void;
  read(): Promise<Contents>;
  /** Idempotent. Later uses, also by a plan that shares it, throw DisposedError. */
  dispose(): void;
}

/** A plan with everything allocated and compiled: running it makes nothing new. */
export interface Runnable {
  /** Copies data (a buffer's whole contents, or its beginning) for the runs after this call. */
  write(buffer: Buffer, data: Writable): void;
  /**
   * Queues one run, and what is read after it, as one submit. times: how often it does all its dispatches, between
   * the copies before and after them. The promise resolves with what is read, when one more run may be queued
   * without too much in flight.
   */
  run(run: Run, read?: readonly Buffer[], times?: number): Promise<Contents[]>;
  /** The contents of buffers of the plan, after all runs queued so far. */
  read(buffers: readonly Buffer[]): Promise<Contents[]>;
  dispose(): void;
}

/** While a plan is built: pipelines compiled so far, of how many; a signal that gives it up. */
export interface Building {
  readonly onProgress?: (done: number, of: number) => void;
  readonly signal?: AbortSignal;
}

export interface Machine {
  readonly kind: "webgpu" | "cpu";
  readonly name: string;
  /** Why this one, in plain words. */
  readonly reason: string;
  /** Bytes of memory owned now. */
  readonly bytes: number;
  /** Bytes of the largest buffer that a kernel can bind whole. */
  readonly largest: number;
  /** What it costs to run plans on it; what it grants, where that is limited. */
  readonly costs: DeviceClass;
  readonly limits: Limits;
  /** Whether kernels may add over a subgroup. */
  readonly subgroups?: boolean;
  /** Whether they may compute in float16. */
  readonly float16?: boolean;
  readonly lost: Promise<Error>;
  /** Rejects a call if the machine is lost, poisoned or disposed: throws the reason. */
  ensure(where: string): void;
  allocate(buffer: Buffer): Promise<Memory>;
  /**
   * Buffers in `shared` use that memory; all others are allocated zeroed and freed with the runnable. over: a
   * runnable of this machine that lends its own memory, by the names of buffers, to those that are not larger:
   * so plans of other sizes need none. Whichever runs after another finds its scratch memory zeroed.
   */
  build(plan: Plan, shared: ReadonlyMap<Buffer, Memory>, how?: Building, over?: Runnable): Promise<Runnable>;
  /** The same at once, where there is nothing to wait for. */
  buildNow?(plan: Plan, shared: ReadonlyMap<Buffer, Memory>, over?: Runnable): Runnable;
  dispose(): void;
}
