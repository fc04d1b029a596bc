// GPU memory that outlives plans, floor 4, and how data gets into a buffer.

import { type Buffer, size } from "../../plan/plan.js";
import { checkWrite, lentBy } from "../contents.js";
import { disposed, Life } from "../life.js";
import type { Contents, Memory, Writable } from "../machine.js";
import type { Buffers } from "./buffers.js";
import { COPY_DST, COPY_SRC, STORAGE } from "./flags.js";
import { Reader } from "./reader.js";

/** A zeroed GPU buffer for a plan's buffer. */
export function makeBuffer(buffers: Buffers, owner: Life, buffer: Buffer): GPUBuffer {
  return buffers.make(owner, buffer.name, size(buffer) * 4, STORAGE | COPY_SRC | COPY_DST);
}

/** Queues a copy of data to element `at`: it is copied at once, for what is submitted later. */
export function writeBuffer(queue: GPUQueue, gpu: GPUBuffer, buffer: Buffer, data: Writable, at = 0): void {
  checkWrite(buffer, data, at);
  if (data.length === 0) return; // Deno's queue aborts the process
  const words = data instanceof Float64Array ? Float32Array.from(data) : data;
  // The types want memory that is not shared, the method takes both.
  queue.writeBuffer(gpu, at * 4, words as Exclude<typeof words, Float64Array> & ArrayBufferView<ArrayBuffer>);
}

export class GpuMemory implements Memory {
  readonly buffer: Buffer;
  readonly gpu: GPUBuffer;
  readonly life: Life;
  /** Whose it is: plans of another machine cannot share it. */
  readonly device: GPUDevice;
  readonly #reader: Reader;

  constructor(within: { readonly buffers: Buffers; readonly life: Life }, buffer: Buffer) {
    this.buffer = buffer;
    this.life = new Life(within.life);
    this.device = within.buffers.device;
    this.gpu = makeBuffer(within.buffers, this.life, buffer);
    this.#reader = new Reader(this.device, this.life);
  }

  /** The given memory, if it is of this device, still there, and can stand in for the buffer. */
  static of(memory: Memory, buffer: Buffer, device: GPUDevice): GpuMemory {
    return lentBy(memory, buffer, (m): m is GpuMemory => m instanceof GpuMemory && m.device === device);
  }

  write(data: Writable, at = 0): void {
    this.life.ensure(this.buffer.name);
    writeBuffer(this.device.queue, this.gpu, this.buffer, data, at);
  }

  copy(from: Memory): void {
    this.life.ensure(this.buffer.name);
    const { gpu } = GpuMemory.of(from, this.buffer, this.device);
    if (gpu !== this.gpu) {
      const encoder = this.device.createCommandEncoder();
      encoder.copyBufferToBuffer(gpu, 0, this.gpu, 0, size(this.buffer) * 4);
      this.device.queue.submit([encoder.finish()]);
    }
  }

  async read(): Promise<Contents> {
    this.life.ensure(this.buffer.name);
    const [contents] = await this.#reader.read([
      { buffer: this.buffer, place: { buffer: this.gpu, offset: 0 } },
    ]);
    return contents;
  }

  dispose(): void {
    this.life.end(disposed("memory"));
  }
}
