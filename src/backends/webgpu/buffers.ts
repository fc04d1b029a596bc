// The GPU buffers of a machine, floor 4: made here alone, so that bytes can be told, and destroyed with the
// life of their owner, so that nothing is left behind.

import { bufferBytes } from "../../plan/params.js";
import type { Life } from "../life.js";

export class Buffers {
  readonly device: GPUDevice;
  readonly #alive = new Set<GPUBuffer>();

  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** Bytes of all buffers that live. */
  get bytes(): number {
    return Array.from(this.#alive, ({ size }) => size).reduce((sum, size) => sum + size, 0);
  }

  /** A zeroed buffer of bufferBytes(bytes). */
  make(owner: Life, label: string, bytes: number, usage: number): GPUBuffer {
    const buffer = this.device.createBuffer({ label, size: bufferBytes(bytes), usage });
    this.#alive.add(buffer);
    owner.atEnd(() => {
      this.#alive.delete(buffer);
      buffer.destroy();
    });
    return buffer;
  }
}
