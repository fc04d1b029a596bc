// Sequences of different lengths as one batch: each in a row of its own, zeros behind it, and the lengths beside them.

import { ShapeError } from "../errors.js";
import { type FloatArray, type I32, isFloatArray, type Tensor } from "../weights/tensors.js";

/**
 * x is [B, T] for B sequences whose longest has T numbers; lengths is [B]. With size, a sequence is steps of that many
 * numbers each: x is [B, T, size], and lengths count steps. What lies past a length is 0.
 *
 * Throws ShapeError where there is no sequence, where one is no whole number of steps, or where kinds are mixed.
 */
export function pad<A extends FloatArray | Int32Array>(
  sequences: readonly A[],
  o: { size?: number } = {},
): { x: Tensor<A>; lengths: I32 } {
  const size = o.size ?? 1;
  const first = sequences[0];
  if (first === undefined) {
    throw new ShapeError("pad: there are 0 sequences, there must be at least 1; leave out the empty batch.");
  }
  if (!(Number.isInteger(size) && size > 0)) {
    throw new ShapeError(
      `pad: size is ${size}, it must be a whole number of at least 1; leave it out for tokens.`,
    );
  }
  const lengths = Int32Array.from(sequences, (sequence, b) => steps(sequence, b, size));
  const T = lengths.reduce((longest, length) => Math.max(longest, length), 0);
  const data = zeros(first, sequences.length * T * size);
  sequences.forEach((sequence, b) => {
    if (sequence.constructor !== first.constructor) {
      throw new ShapeError(
        `pad: sequence ${b} is of another kind than sequence 0, all must be alike; ` +
          "make them all Float32Array, or all Int32Array.",
      );
    }
    data.set(sequence, b * T * size);
  });
  const shape = o.size === undefined ? [sequences.length, T] : [sequences.length, T, size];
  return { x: { shape, data }, lengths };
}

function steps(sequence: FloatArray | Int32Array, b: number, size: number): number {
  if (sequence.length % size !== 0) {
    throw new ShapeError(
      `pad: sequence ${b} has ${sequence.length} numbers, it must be whole steps of ${size}; ` +
        "give the size of one step.",
    );
  }
  return sequence.length / size;
}

/** An array of the same kind. */
function zeros<A extends FloatArray | Int32Array>(like: A, length: number): A {
  const array = isFloatArray(like)
    ? like instanceof Float64Array
      ? new Float64Array(length)
      : new Float32Array(length)
    : new Int32Array(length);
  // The branches follow the kind of `like`; the compiler cannot see that.
  return array as FloatArray | Int32Array as A;
}
