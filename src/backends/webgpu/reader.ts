// From the GPU to typed arrays, floor 4: buffers are copied into a staging buffer, which is mapped. Several reads may be in flight,
// each with a staging buffer of its own.

import { DeviceError } from "../../errors.js";
import { type Buffer, size } from "../../plan/plan.js";
import type { Life } from "../life.js";
import type { Contents } from "../machine.js";
import { COPY_DST, MAP_READ, READ } from "./flags.js";

export interface Source {
  readonly buffer: Buffer;
  readonly gpu: GPUBuffer;
}

/** The contents after everything submitted so far. life: that of the sources, with whose end what is pending rejects. */
export async function read(device: GPUDevice, life: Life, sources: readonly Source[]): Promise<Contents[]> {
  const bytes = sources.reduce((sum, { buffer }) => sum + size(buffer) * 4, 0);
  if (bytes === 0) {
    return [];
  }
  const where = sources[0].buffer.name;
  const staging = device.createBuffer({ label: "read", size: bytes, usage: MAP_READ | COPY_DST });
  copy(device, sources, staging);
  try {
    await life.wait(where, staging.mapAsync(READ, 0, bytes));
    life.ensure(where); // not every implementation rejects what is mapped on a lost device
    return unpack(sources, staging.getMappedRange(0, bytes));
  } catch (cause) {
    if (!life.ended) {
      // of a lost device one may hear a little later
      const patience = new Promise((resolve) => setTimeout(resolve, 1000));
      await Promise.race([device.lost, patience]);
    }
    life.ensure(where);
    throw new DeviceError(`${where}: could not be read back (${String(cause)}); make a new backend.`, {
      cause,
    });
  } finally {
    staging.destroy();
  }
}

/** Queues the copies, one source behind the other. */
function copy(device: GPUDevice, sources: readonly Source[], staging: GPUBuffer): void {
  const encoder = device.createCommandEncoder();
  let at = 0;
  for (const { buffer, gpu } of sources) {
    encoder.copyBufferToBuffer(gpu, 0, staging, at, size(buffer) * 4);
    at += size(buffer) * 4;
  }
  device.queue.submit([encoder.finish()]);
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
