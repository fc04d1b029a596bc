// What may be written into a buffer and what may stand in for one, floor 4: the same refusals on every machine.

import { ShapeError } from "../errors.js";
import { type Buffer, size } from "../plan/plan.js";
import type { Writable } from "./machine.js";

/** Throws ShapeError where data, written from element `at`, is of the wrong type for the buffer or does not fit. */
export function checkWrite(buffer: Buffer, data: Writable, at = 0): void {
  const floats = data instanceof Float32Array || data instanceof Float64Array;
  if (floats !== (buffer.type === "f32")) {
    const kind = data.constructor.name;
    throw new ShapeError(
      floats
        ? `${buffer.name}: was given ${kind} data, it holds integers; give a Uint32Array or an Int32Array.`
        : `${buffer.name}: was given ${kind} data, it holds floats; give a Float32Array or a Float64Array.`,
    );
  }
  const room = size(buffer) - at;
  if (!Number.isInteger(at) || at < 0 || data.length > room) {
    throw new ShapeError(
      `${buffer.name}: was given ${data.length} elements from element ${at} on, ` +
        `it holds ${size(buffer)} ([${buffer.shape.join(", ")}]); give at most what fits.`,
    );
  }
}

/** Throws ShapeError where the memory of `lent` cannot stand in for `buffer`, or be copied to it. */
export function checkShared(buffer: Buffer, lent: Buffer): void {
  if (size(buffer) !== size(lent) || buffer.type !== lent.type) {
    throw new ShapeError(
      `${buffer.name}: was given memory of ${size(lent)} ${lent.type}, it needs ${size(buffer)} ${buffer.type}; ` +
        "give that of the same network.",
    );
  }
}
