// A long text as batches for truncated back-propagation through time: the text is cut into as many rows as
// the batch has, and a window slides along all of them, so that the state carried from one batch is the right
// one for the next.

import { checkSize, ShapeError, wrong } from "../errors.js";
import { kindOf, type Tensor } from "../weights/tensors.js";

/**
 * Windows of a long text, in order: x is [B, T] and target, what follows each of x, is [B, T]. Row b of one
 * window goes on in row b of the next, and row b + 1 goes on where row b ends. What fills no window is left
 * out, from the end. It may be iterated again and again; every window is an array of its own.
 *
 * Throws ShapeError, at once, where the sizes are no whole numbers, or where the text fills no window: it
 * must have batchSize · sequenceLength + 1 ids.
 */
export function batches(
  ids: Int32Array,
  o: { batchSize: number; sequenceLength: number },
): Iterable<{ x: Tensor<Int32Array>; target: Tensor<Int32Array> }> {
  const { batchSize: B, sequenceLength: T } = o;
  if (!ArrayBuffer.isView(ids)) throw wrong("batches: the text", kindOf(ids), "ids, as encode() gives them");
  checkSize("batches: batchSize", B);
  checkSize("batches: sequenceLength", T);
  // One more than the windows hold: the last of them has a target too.
  const windows = Math.floor((ids.length - 1) / (B * T));
  if (windows < 1) {
    throw new ShapeError(
      `batches: the text has ${ids.length} ids; one window of ${B} times ${T}, and the last one's target, needs ` +
        `${B * T + 1}. Give more text, or a smaller batchSize or sequenceLength.`,
    );
  }
  /** Of every row the T ids from `start`, counted from where the row begins. */
  const window = (start: number): Tensor<Int32Array> => {
    const data = new Int32Array(B * T);
    for (let b = 0; b < B; b += 1) {
      const from = b * windows * T + start;
      data.set(ids.subarray(from, from + T), b * T);
    }
    return { shape: [B, T], data };
  };
  return {
    *[Symbol.iterator]() {
      for (let w = 0; w < windows; w += 1) {
        yield { x: window(w * T), target: window(w * T + 1) };
      }
    },
  };
}
