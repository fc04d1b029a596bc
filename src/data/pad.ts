// Sequences of different lengths as one batch: each in a row of its own, zeros behind it, and the lengths
// beside them.

import { checkSize, ShapeError } from "../errors.js";
import { type FloatArray, type I32, kindOf, type Tensor } from "../weights/tensors.js";

/**
 * x is [B, T] for B sequences whose longest has T numbers; lengths is [B]. With size, a sequence is steps of
 * that many numbers each: x is [B, T, size], and lengths count steps. What lies past a length is 0.
 *
 * Throws ShapeError where there is no sequence, where one is no whole number of steps, or where kinds are
 * mixed.
 */
export function pad<A extends FloatArray | Int32Array>(
  sequences: readonly A[],
  o: { size?: number } = {},
): { x: Tensor<A>; lengths: I32 } {
  const size = checkSize("pad: size", o.size ?? 1);
  const [first] = sequences;
  sequences.forEach((sequence, b) => {
    const isLikeFirst = ArrayBuffer.isView(sequence) && sequence.constructor === first.constructor;
    if (!isLikeFirst || sequence.length % size !== 0) {
      throw new ShapeError(
        `pad: sequence ${b} is ${kindOf(sequence)} of ${sequence.length}, it must be a typed array, of sequence 0's kind, ` +
          `of whole steps of ${size}; give such a one, or the size of a step.`,
      );
    }
  });
  if (!first) {
    throw new ShapeError("pad: there are 0 sequences, there must be at least 1; leave out the empty batch.");
  }
  const lengths = Int32Array.from(sequences, (sequence) => sequence.length / size);
  const T = Math.max(...lengths);
  const Numbers = first.constructor as new (length: number) => A; // of the same kind
  const data = new Numbers(sequences.length * T * size);
  for (const [b, sequence] of sequences.entries()) {
    data.set(sequence, b * T * size);
  }
  const shape = o.size === undefined ? [sequences.length, T] : [sequences.length, T, size];
  return { x: { shape, data }, lengths };
}
