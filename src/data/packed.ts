// PyTorch's PackedSequence, floor 1: the steps of several sequences without padding, step by step, longest
// sequence first. Here its arrays are made of padded sequences and their lengths, and those of them.

import { ShapeError } from "../errors.js";
import { type FloatArray, type I32, type IntArray, sizeOf, type Tensor } from "../weights/tensors.js";

/** The fields of torch.nn.utils.rnn.PackedSequence, as arrays. */
export interface Packed<A, I = I32> {
  /** [Σ lengths, …]: step 0 of every sequence, longest first; then step 1 of those that have one; … */
  readonly data: Tensor<A>;
  /** How many sequences have a step t, [longest]. */
  readonly batchSizes: I;
  /** Which sequence is the k-th longest, [B]; of the same length, the first is first. */
  readonly sortedIndices: I;
  /** Which place sequence b has among them, [B]. */
  readonly unsortedIndices: I;
}

export interface PackedOptions {
  /** Whether x is [B, T, …] (the default) or [T, B, …]. */
  readonly batchFirst?: boolean;
}

/**
 * PyTorch's pack_padded_sequence(x, lengths, enforce_sorted=False). x is [B, T, …], lengths [B]; numbers past a
 * length are passed over. A length may be 0, which PyTorch refuses.
 *
 * Throws ShapeError where a length is none of 0 to T, or there are not B of them.
 */
export function packed<A extends FloatArray | Int32Array>(
  { x, lengths }: { readonly x: Tensor<A>; readonly lengths: IntArray },
  { batchFirst = true }: PackedOptions = {},
): Packed<A> {
  const [B, T] = batchFirst ? x.shape : [x.shape[1], x.shape[0]];
  const all = Array.from(lengths);
  if (all.length !== B || !all.every((length) => Number.isInteger(length) && length >= 0 && length <= T)) {
    throw new ShapeError(
      `packed: lengths are ${all}; they must be ${B} integers from 0 to ${T}, as pad gives them.`,
    );
  }
  const sortedIndices = Int32Array.from(all.keys()).sort((a, b) => all[b] - all[a] || a - b);
  const batchSizes = Int32Array.from(
    { length: Math.max(0, ...all) },
    (_, t) => all.filter((length) => length > t).length,
  );
  const rest = x.shape.slice(2);
  const size = sizeOf(rest);
  const steps = all.reduce((sum, length) => sum + length, 0);
  const data = empty(x.data, steps * size);
  eachStep(batchSizes, sortedIndices, batchFirst ? [T, 1] : [1, B], (row, m) => {
    data.set(x.data.subarray(m * size, (m + 1) * size), row * size);
  });
  return {
    data: { shape: [steps, ...rest], data },
    batchSizes,
    sortedIndices,
    unsortedIndices: inverse(sortedIndices),
  };
}

/**
 * PyTorch's pad_packed_sequence: x [B, T, …] with zeros past each length, and lengths [B]. T is the longest
 * sequence's length, or totalLength. Where sequences were packed longest first, PyTorch has no sortedIndices (None):
 * leave them out.
 *
 * Throws ShapeError where the arrays are not those of a PackedSequence, or totalLength is less than the longest.
 */
export function unpacked<A extends FloatArray | Int32Array>(
  p: Pick<Packed<A, IntArray>, "data" | "batchSizes"> & Partial<Packed<A, IntArray>>,
  o: PackedOptions & { readonly totalLength?: number } = {},
): { x: Tensor<A>; lengths: I32 } {
  const { batchFirst = true, totalLength: T = p.batchSizes.length } = o;
  const batchSizes = Int32Array.from(p.batchSizes);
  const sorted = Int32Array.from(p.sortedIndices ?? Array(batchSizes[0] ?? 0).keys());
  const B = sorted.length;
  const [steps, ...rest] = p.data.shape;
  const size = sizeOf(rest);
  const isPacked =
    batchSizes.every((count, t) => count > 0 && count <= (t === 0 ? B : batchSizes[t - 1])) &&
    batchSizes.reduce((sum, count) => sum + count, 0) === steps &&
    new Set(sorted).size === B &&
    sorted.every((b) => b >= 0 && b < B);
  if (!isPacked || T < batchSizes.length) {
    throw new ShapeError(
      `unpacked: batchSizes are ${batchSizes}, sortedIndices ${sorted}, for ${steps} steps, in all ${T}; ` +
        "they must be a PackedSequence's, and totalLength no less than the longest.",
    );
  }
  const lengths = new Int32Array(B);
  const data = empty(p.data.data, B * T * size);
  eachStep(batchSizes, sorted, batchFirst ? [T, 1] : [1, B], (row, m, b) => {
    lengths[b] += 1;
    data.set(p.data.data.subarray(row * size, (row + 1) * size), m * size);
  });
  return { x: { shape: [...(batchFirst ? [B, T] : [T, B]), ...rest], data }, lengths };
}

/** Every packed row, its row m among the padded ones, its sequence. Strides of b and t among these. */
function eachStep(
  batchSizes: Int32Array,
  sorted: Int32Array,
  [strideB, strideT]: readonly [number, number],
  visit: (row: number, m: number, b: number) => void,
): void {
  let row = 0;
  for (let t = 0; t < batchSizes.length; t += 1) {
    for (const b of sorted.subarray(0, batchSizes[t])) {
      visit(row, b * strideB + t * strideT, b);
      row += 1;
    }
  }
}

/** Where each index stands. */
function inverse(order: Int32Array): I32 {
  const places = new Int32Array(order.length);
  order.forEach((b, k) => {
    places[b] = k;
  });
  return places;
}

/** Zeros of the same kind. */
function empty<A extends FloatArray | Int32Array>(like: A, length: number): A {
  return new (like.constructor as new (length: number) => A)(length);
}
