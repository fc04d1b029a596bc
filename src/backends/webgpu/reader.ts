// From the GPU to typed arrays, floor 4: buffers are copied into a staging buffer and mapped. Several reads may be in flight,
// each with a staging buffer of its own; small ones are kept for the next read.

import { DeviceError } from "../../errors.js";
import { type Buffer, size } from "../../plan/plan.js";
import type { Life } from "../life.js";
import type { Contents } from "../machine.js";
import { turn } from "../turn.js";
import type { Buffers } from "./buffers.js";
import { COPY_DST, MAP_READ, READ } from "./flags.js";

/** Larger staging buffers are not kept: they would double the memory of the weights. */
const keptBytes = 1 << 24;

export interface Source {
  readonly buffer: Buffer;
  readonly gpu: GPUBuffer;
}

export class Reader {
  readonly #buffers: Buffers;
  readonly #life: Life;
  readonly #idle: GPUBuffer[] = [];

  /** buffers, life: those of the owner, with whose end what is pending rejects. */
  constructor(buffers: Buffers, life: Life) {
    this.#buffers = buffers;
    this.#life = life;
  }

  /** The contents after everything submitted so far. */
  async read(sources: readonly Source[]): Promise<Contents[]> {
    const where = sources[0]?.buffer.name ?? "read";
    const bytes = sources.reduce((sum, { buffer }) => sum + size(buffer) * 4, 0);
    if (bytes === 0) {
      return [];
    }
    const staging = this.#copy(sources, bytes);
    try {
      await this.#life.wait(where, staging.mapAsync(READ, 0, bytes));
      this.#life.ensure(where); // not every implementation rejects what is mapped on a lost device
      return unpack(sources, staging.getMappedRange(0, bytes));
    } catch (cause) {
      throw await this.#reason(where, cause);
    } finally {
      this.#release(staging);
    }
  }

  #copy(sources: readonly Source[], bytes: number): GPUBuffer {
    const staging = this.#take(bytes);
    const { device } = this.#buffers;
    const encoder = device.createCommandEncoder({ label: "read" });
    let at = 0;
    for (const { buffer, gpu } of sources) {
      encoder.copyBufferToBuffer(gpu, 0, staging, at, size(buffer) * 4);
      at += size(buffer) * 4;
    }
    device.queue.submit([encoder.finish()]);
    return staging;
  }

  /** The smallest idle buffer that is large enough, or a new one. Sizes are powers of two, so that reads can share. */
  #take(bytes: number): GPUBuffer {
    const fitting = this.#idle.filter((staging) => staging.size >= bytes).sort((a, b) => a.size - b.size);
    const kept = fitting[0];
    if (kept) {
      this.#idle.splice(this.#idle.indexOf(kept), 1);
    }
    const wanted = bytes > keptBytes ? bytes : 2 ** Math.ceil(Math.log2(Math.max(256, bytes)));
    return kept ?? this.#buffers.make("read", wanted, MAP_READ | COPY_DST);
  }

  #release(staging: GPUBuffer): void {
    if (this.#life.ended || staging.size > keptBytes) {
      this.#buffers.destroy(staging);
      return;
    }
    staging.unmap();
    this.#idle.push(staging);
  }

  /** Why a read failed: the end of its owner, of which a lost device may tell a little later, or the error itself. */
  async #reason(where: string, cause: unknown): Promise<unknown> {
    if (!this.#life.ended) {
      const patience = new Promise((resolve) => setTimeout(resolve, 1000));
      await Promise.race([this.#buffers.device.lost, patience]);
      await turn(); // the machine hears of the loss by the same promise
    }
    try {
      this.#life.ensure(where);
    } catch (reason) {
      return reason;
    }
    return new DeviceError(`${where}: could not be read back (${String(cause)}); make a new backend.`, {
      cause,
    });
  }
}

/** Copies each source's part out of the mapped bytes: the caller's own from then on. */
function unpack(sources: readonly Source[], mapped: ArrayBuffer): Contents[] {
  let at = 0;
  return sources.map(({ buffer }) => {
    const length = size(buffer);
    const part =
      buffer.type === "u32" ? new Uint32Array(mapped, at, length) : new Float32Array(mapped, at, length);
    at += length * 4;
    return part.slice();
  });
}
