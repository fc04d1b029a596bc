// WebGPU as a machine, floor 4. Its device may be lost and may report errors late: both end the machine, and
// every pending and later call rejects with the reason.

import { DeviceError } from "../../errors.js";
import { check, checkSize } from "../../plan/check.js";
import { type DeviceClass, ordinary, software } from "../../plan/device_class.js";
import type { Buffer, Plan } from "../../plan/plan.js";
import { disposed, Life } from "../life.js";
import type { Building, Machine, Memory, Runnable } from "../machine.js";
import { Buffers } from "./buffers.js";
import { calibrate } from "./calibrate.js";
import { isSoftware, nameOf, type Opened, type OpenOptions, openDevice } from "./device.js";
import { Flight } from "./flight.js";
import { GpuMemory } from "./memory.js";
import { Pipelines } from "./pipelines.js";
import { GpuRunnable, type Shop } from "./runnable.js";
import { scoped } from "./scope.js";

/**
 * A machine on the caller's device, which is never destroyed, or on one of its own, with the adapter's
 * largest limits.
 *
 * Throws DeviceError where there is no WebGPU, no adapter or no device.
 */
export async function openGpu(options: OpenOptions = {}): Promise<WebGpuMachine> {
  const machine = new WebGpuMachine(await openDevice(options), options.reason ?? "webgpu() asked for it");
  if (options.costs) machine.costs = options.costs;
  // what keeps a device from being measured, the next call tells
  else if (!machine.software) machine.costs = await calibrate(machine).catch(() => ordinary);
  return machine;
}

export class WebGpuMachine implements Machine {
  readonly kind = "webgpu";
  readonly name: string;
  readonly reason: string;
  /** Whether the "GPU" is a program on the CPU. */
  readonly software: boolean;
  readonly device: GPUDevice;
  /** Resolves with the reason when the device is lost; never when the machine is disposed. */
  readonly lost: Promise<Error>;
  readonly largest: number;
  costs: DeviceClass;
  readonly #borrowed: boolean;
  readonly #life = new Life();
  readonly #pipelines: Pipelines;
  readonly #shop: Shop;
  readonly #poison = (event: GPUUncapturedErrorEvent): void => this.#poisoned(event.error.message);

  constructor({ device, borrowed, info }: Opened, reason: string) {
    this.device = device;
    this.#borrowed = borrowed;
    this.largest = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
    this.name = nameOf(info);
    this.software = isSoftware(info);
    this.costs = this.software ? software : ordinary;
    this.reason = reason;
    this.#pipelines = new Pipelines(device, this.#life);
    this.#shop = { buffers: new Buffers(device), flight: new Flight(device.queue), life: this.#life };
    // a borrowed device's late errors are its owner's, whose calls made them: ours are checked as they are made
    if (!borrowed) device.addEventListener("uncapturederror", this.#poison);
    this.lost = new Promise((resolve) => {
      void device.lost.then((info) => {
        if (!this.#life.ended) {
          resolve(lostError("webgpu()", info));
        }
        this.#life.end((where) => lostError(where, info));
      });
    });
  }

  get subgroups(): boolean {
    return this.device.features.has("subgroups");
  }

  get float16(): boolean {
    return this.device.features.has("shader-f16");
  }

  get limits(): GPUSupportedLimits {
    return this.device.limits;
  }

  get bytes(): number {
    return this.#shop.buffers.bytes;
  }

  ensure(where: string): void {
    this.#life.ensure(where);
  }

  async allocate(buffer: Buffer): Promise<GpuMemory> {
    this.ensure(buffer.name);
    checkSize(buffer, this.device.limits);
    const { made, error } = scoped(this.device, buffer.name, () => new GpuMemory(this.#shop, buffer));
    return this.#sound(buffer.name, made, error);
  }

  async build(
    plan: Plan,
    shared: ReadonlyMap<Buffer, Memory>,
    how: Building = {},
    over?: Runnable,
  ): Promise<GpuRunnable> {
    this.ensure("build");
    how.signal?.throwIfAborted();
    check(plan, this.device.limits);
    const kernels = new Set(plan.all.map((dispatch) => dispatch.kernel));
    const compiled = await this.#pipelines.compile(kernels, how);
    this.ensure("build");
    const below = over instanceof GpuRunnable ? over : undefined;
    const { made, error } = scoped(
      this.device,
      "build",
      () => new GpuRunnable(this.#shop, plan, shared, compiled, below),
    );
    return this.#sound("build", made, error);
  }

  /** Idempotent. A borrowed device lives on, without anything of ours. */
  dispose(): void {
    this.#life.end(disposed("backend"));
    this.device.removeEventListener("uncapturederror", this.#poison);
    if (!this.#borrowed) {
      this.device.destroy();
    }
  }

  /** What was made, if no error came of it. */
  async #sound<T extends { dispose(): void }>(
    where: string,
    made: T,
    error: Promise<Error | undefined>,
  ): Promise<T> {
    try {
      const raised = await this.#life.wait(where, error);
      if (raised) {
        throw raised;
      }
      return made;
    } catch (reason) {
      made.dispose();
      throw reason;
    }
  }

  #poisoned(message: string): void {
    this.#life.end(
      (where) =>
        new DeviceError(
          `${where}: an earlier call failed in WebGPU, results since are not to be trusted (${message}); ` +
            "dispose this backend and make another.",
        ),
    );
  }
}

function lostError(where: string, { reason, message }: GPUDeviceLostInfo): DeviceError {
  return new DeviceError(
    `${where}: the GPU device was lost (${reason} ${message}); make a new backend, and go on from what was saved.`,
  );
}
