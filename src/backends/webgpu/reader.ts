// From the GPU to typed arrays, floor 4: buffers are copied into a staging buffer and mapped. Several reads may be in flight,
// each with a staging buffer of its own; one is kept for the next read.

import { DeviceError } from "../../errors.js";
import { type Buffer, size } from "../../plan/plan.js";
import type { Life } from "../life.js";
import type { Contents } from "../machine.js";
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
  #idle: GPUBuffer | undefined;

  /** buffers, life: those of the owner, with whose end what is pending rejects. */
  constructor(buffers: Buffers, life: Life) {
    this.#buffers = buffers;
    this.#life = life;
  }

  /** The contents after everything submitted so far. */
  async read(sources: readonly Source[]): Promise<Contents[]> {
    const bytes = sources.reduce((sum, { buffer }) => sum + size(buffer) * 4, 0);
    if (bytes === 0) {
      return [];
    }
    const where = sources[0].buffer.name;
    const staging = this.#copy(sources, bytes);
    try {
      await this.#life.wait(where, staging.mapAsync(READ, 0, bytes));
      this.#life.ensure(where); // not every implementation rejects what is mapped on a lost device
      return unpack(sources, staging.getMappedRange(0, bytes));
    } catch (cause) {
      if (!this.#life.ended) {
        // of a lost device one may hear a little later
        const patience = new Promise((resolve) => setTimeout(resolve, 1000));
        await Promise.race([this.#buffers.device.lost, patience]);
      }
      this.#life.ensure(where);
      throw new DeviceError(`${where}: could not be read back (${String(cause)}); make a new backend.`, {
        cause,
      });
    } finally {
      this.#release(staging);
    }
  }

  #copy(sources: readonly Source[], bytes: number): GPUBuffer {
    const { device } = this.#buffers;
    const kept = this.#idle && this.#idle.size >= bytes ? this.#idle : undefined;
    this.#idle = kept ? undefined : this.#idle;
    const staging = kept ?? this.#buffers.make("read", bytes, MAP_READ | COPY_DST);
    const encoder = device.createCommandEncoder({ label: "read" });
    let at = 0;
    for (const { buffer, gpu } of sources) {
      encoder.copyBufferToBuffer(gpu, 0, staging, at, size(buffer) * 4);
      at += size(buffer) * 4;
    }
    device.queue.submit([encoder.finish()]);
    return staging;
  }

  /** Keeps the larger of two. */
  #release(staging: GPUBuffer): void {
    const isKept = !this.#life.ended && staging.size <= keptBytes && staging.size > (this.#idle?.size ?? 0);
    const spare = isKept ? this.#idle : staging;
    if (isKept) {
      staging.unmap();
      this.#idle = staging;
    }
    if (spare) {
      this.#buffers.destroy(spare);
    }
  }
}

/** Copies each source's part out of the mapped bytes: the caller's own from then on. */
function unpack(sources: readonly Source[], mapped: ArrayBuffer): Contents[] {
  let at = 0;
  return sources.map(({ buffer }) => {
    const Numbers = buffer.type === "u32" ? Uint32Array : Float32Array;
    const part = new Numbers(mapped, at, size(buffer));
    at += part.byteLength;
    return part.slice();
  });
}
