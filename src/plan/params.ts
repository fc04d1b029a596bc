// Every dispatch's parameters in one uniform buffer, floor 3: pure, so that tests need no device. A dispatch
// finds its own by a dynamic offset, which is why T steps share one bind group.

import { type Field, type Run, runFields, type Values } from "../kernels/kernel.js";
import type { Plan } from "./plan.js";

/** Bytes of the uniform `run`: its fields, rounded up to the 16 bytes that every uniform binding may have. */
export const runBytes = 48;

/** Where run.scale lies in it. */
export const scaleAt = 4 * Object.keys(runFields).indexOf("scale");

/**
 * Bytes of a GPU buffer for so many bytes of data: at least 16, as no binding may be empty, and a multiple of
 * 4.
 */
export function bufferBytes(bytes: number): number {
  return Math.max(16, Math.ceil(bytes / 4) * 4);
}

export interface Packed {
  readonly bytes: ArrayBuffer;
  /** Where each dispatch's slot begins, in bytes: multiples of the alignment. */
  readonly offsets: Uint32Array<ArrayBuffer>;
}

/** Bytes of a kernel's uniform `params`. At least 16: a binding may not be empty. */
export function paramBytes(params: Readonly<Record<string, unknown>>): number {
  return Math.max(1, Math.ceil(Object.keys(params).length / 4)) * 16;
}

/** alignment: the device's minUniformBufferOffsetAlignment, 256 where nothing else is known. */
export function packParams(plan: Plan, alignment: number): Packed {
  const offsets = new Uint32Array(plan.all.length);
  let end = 0;
  plan.all.forEach(({ kernel }, n) => {
    offsets[n] = end;
    end += Math.ceil(paramBytes(kernel.params) / alignment) * alignment;
  });
  const view = new DataView(new ArrayBuffer(end));
  plan.all.forEach(({ kernel, params }, n) => {
    pack(kernel.params, params, view, offsets[n]);
  });
  return { bytes: view.buffer, offsets };
}

/** Writes a run's numbers in the order of runFields. */
export function packRun(run: Run, into: DataView<ArrayBuffer>): void {
  pack(runFields, run, into, 0);
}

function pack(
  fields: Readonly<Record<string, Field>>,
  values: Values<string>,
  into: DataView,
  from: number,
): void {
  Object.entries(fields).forEach(([name, type], n) => {
    if (type === "u32") {
      into.setUint32(from + 4 * n, values[name], true);
    } else {
      into.setFloat32(from + 4 * n, values[name], true);
    }
  });
}
