// The GPU buffers of one owner, floor 4: made and destroyed here alone, so that bytes can be told and nothing is left behind.
// A machine's hold those of its runnables and memories.

import { bufferBytes } from "../../plan/params.js";

export class Buffers {
  readonly device: GPUDevice;
  readonly #within: Buffers | undefined;
  readonly #parts = new Set<Buffers>();
  readonly #alive = new Set<GPUBuffer>();

  constructor(device: GPUDevice, within?: Buffers) {
    this.device = device;
    this.#within = within;
    if (within) {
      within.#parts.add(this);
    }
  }

  /** Bytes of all buffers that live, those of its parts included. */
  get bytes(): number {
    let bytes = 0;
    for (const buffer of this.#alive) {
      bytes += buffer.size;
    }
    for (const part of this.#parts) {
      bytes += part.bytes;
    }
    return bytes;
  }

  /** A zeroed buffer of bufferBytes(bytes). */
  make(label: string, bytes: number, usage: number): GPUBuffer {
    const buffer = this.device.createBuffer({ label, size: bufferBytes(bytes), usage });
    this.#alive.add(buffer);
    return buffer;
  }

  destroy(buffer: GPUBuffer): void {
    this.#alive.delete(buffer);
    buffer.destroy();
  }

  destroyAll(): void {
    for (const part of this.#parts) {
      part.destroyAll();
    }
    for (const buffer of this.#alive) {
      this.destroy(buffer);
    }
    if (this.#within) {
      this.#within.#parts.delete(this);
    }
  }
}
