// What may be written into a buffer and what may stand in for one, floor 4: the same refusals on every
// machine.

import { DeviceError, ShapeError } from "../errors.js";
import { type Buffer, size } from "../plan/plan.js";
import type { Life } from "./life.js";
import type { Memory, Writable } from "./machine.js";

/**
 * Throws ShapeError where data, written from element `at`, is of the wrong type for the buffer or does not
 * fit.
 */
export function checkWrite(buffer: Buffer, data: Writable, at = 0): void {
  const isFloats = data instanceof Float32Array || data instanceof Float64Array;
  if (isFloats !== (buffer.type === "f32") || at + data.length > size(buffer)) {
    throw new ShapeError(
      `${buffer.name}: was given ${data.constructor.name} of ${data.length} for element ${at} on, ` +
        `it holds ${size(buffer)} ${buffer.type}; give what fits.`,
    );
  }
}

/**
 * The memory that is to stand in for a buffer, or to be copied to it. isOwn: whether it is of the machine
 * that asks.
 *
 * Throws DeviceError where it is not, DisposedError where it is no more, ShapeError where it is of another
 * size or type.
 */
export function lentBy<M extends Memory & { readonly life: Life }>(
  memory: Memory,
  buffer: Buffer,
  isOwn: (memory: Memory) => memory is M,
): M {
  if (!isOwn(memory)) {
    throw new DeviceError(`${buffer.name}: lies on another backend; it must lie on this one.`);
  }
  memory.life.ensure(buffer.name);
  const { buffer: lent } = memory;
  if (size(buffer) !== size(lent) || buffer.type !== lent.type) {
    throw new ShapeError(
      `${buffer.name}: was given memory of ${size(lent)} ${lent.type}, it needs ${size(buffer)} ${buffer.type}; ` +
        "give that of the same network.",
    );
  }
  return memory;
}
