// From the GPU to typed arrays, floor 4: buffers are copied into a staging buffer, which is mapped. Several
// reads may be in flight, each with a staging buffer of its own; small ones are kept for the next read.

import { DeviceError } from "../../errors.js";
import { type Buffer, size } from "../../plan/plan.js";
import type { Life } from "../life.js";
import type { Contents } from "../machine.js";
import { COPY_DST, MAP_READ, READ } from "./flags.js";

/** Larger staging buffers are not kept: they would double the memory of the weights. */
const keptBytes = 1 << 24;

export interface Source {
  readonly buffer: Buffer;
  readonly place: { readonly buffer: GPUBuffer; readonly offset: number };
}

export class Reader {
  readonly #device: GPUDevice;
  readonly #life: Life;
  readonly #idle = new Set<GPUBuffer>();

  /** life: that of what is read, with whose end what is pending rejects. */
  constructor(device: GPUDevice, life: Life) {
    this.#device = device;
    this.#life = life;
    life.atEnd(() => {
      for (const staging of this.#idle) {
        staging.destroy();
      }
    });
  }

  /** The contents after everything submitted so far. */
  async read(sources: readonly Source[]): Promise<Contents[]> {
    const encoder = this.#device.createCommandEncoder();
    const contents = this.record(encoder, sources);
    this.#device.queue.submit([encoder.finish()]);
    return contents();
  }

  /** Records the copies, one source behind the other; what it gives gives the contents, once that is submitted. */
  record(encoder: GPUCommandEncoder, sources: readonly Source[]): () => Promise<Contents[]> {
    const bytes = sources.reduce((sum, { buffer }) => sum + size(buffer) * 4, 0);
    if (bytes === 0) return async () => [];
    const staging =
      [...this.#idle].find((kept) => kept.size >= bytes) ??
      this.#device.createBuffer({ label: "read", size: bytes, usage: MAP_READ | COPY_DST });
    this.#idle.delete(staging);
    let at = 0;
    for (const { buffer, place } of sources) {
      encoder.copyBufferToBuffer(place.buffer, place.offset, staging, at, size(buffer) * 4);
      at += size(buffer) * 4;
    }
    return () => this.#map(staging, sources, bytes);
  }

  async #map(staging: GPUBuffer, sources: readonly Source[], bytes: number): Promise<Contents[]> {
    const where = sources[0].buffer.name;
    try {
      await this.#life.wait(where, staging.mapAsync(READ, 0, bytes));
      this.#life.ensure(where); // not every implementation rejects what is mapped on a lost device
      return unpack(sources, staging.getMappedRange(0, bytes));
    } catch (cause) {
      if (!this.#life.ended) {
        // of a lost device one may hear a little later
        const patience = new Promise((resolve) => setTimeout(resolve, 1000));
        await Promise.race([this.#device.lost, patience]);
      }
      this.#life.ensure(where);
      throw new DeviceError(`${where}: could not be read back (${String(cause)}); make a new backend.`, {
        cause,
      });
    } finally {
      if (this.#life.ended || bytes > keptBytes) {
        staging.destroy();
      } else {
        staging.unmap();
        this.#idle.add(staging);
      }
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
