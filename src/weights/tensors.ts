// A tensor is plain data: a shape and a typed array, row-major. Here are the types of what goes in and comes
// out of every call, and the two functions that hold an input to its kind and its shape before anything is
// computed.

import { ShapeError, WeightsError } from "../errors.js";

/** What comes out owns a plain ArrayBuffer: it goes into a Blob, an AudioBuffer, a transfer list. */
export type F32 = Float32Array<ArrayBuffer>;
export type F64 = Float64Array<ArrayBuffer>;
export type I32 = Int32Array<ArrayBuffer>;
export type U32 = Uint32Array<ArrayBuffer>;

/** What goes in may also be shared memory. */
export type FloatArray = Float32Array | Float64Array;
export type IntArray = Int32Array | Uint32Array | readonly number[];

/** Numbers in row-major order: as many as the product of the shape. */
export interface Tensor<A = F32> {
  readonly shape: readonly number[];
  readonly data: A;
}

export type Floats = FloatArray | Tensor<FloatArray>;
export type Ints = IntArray | Tensor<IntArray>;
export type AnyTensor = Tensor<FloatArray | Int32Array | Uint32Array>;

/** Tensors by name. Plain data: survives structured clone, so it goes to a worker, a worklet, IndexedDB. */
export type Tensors = ReadonlyMap<string, AnyTensor> | { readonly [name: string]: AnyTensor };

/** Name and tensor, one after the other, of a Map or of a record. Throws WeightsError where it is neither. */
export function entries(where: string, tensors: Tensors): Iterable<readonly [string, AnyTensor]> {
  const kind = kindOf(tensors); // Object.entries() of a promise that was not awaited has nothing in it
  if (!["Map", "Object"].includes(kind)) {
    throw new WeightsError(
      `${where}: they are of kind ${kind}; they must be tensors by name. Of a file give readSafetensors(bytes).`,
    );
  }
  return isMap(tensors) ? tensors : Object.entries(tensors);
}

function isMap(tensors: Tensors): tensors is ReadonlyMap<string, AnyTensor> {
  return Symbol.iterator in tensors;
}

/** How many numbers a tensor of this shape holds; 1 for the shape [] of a single number. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const length of shape) {
    size *= length;
  }
  return size;
}

/** A shape as messages write it: [32, 64]. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/**
 * What a value is, in words for a message: "Float32Array", "Number", "Array", … The same in every realm,
 * unlike `instanceof`.
 */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

const floatKinds = ["Float32Array", "Float64Array"];
const intKinds = ["Int32Array", "Uint32Array", "Array"];

export function isFloatArray(value: unknown): value is FloatArray {
  return floatKinds.includes(kindOf(value));
}

/**
 * The floats of an input: a Float32Array or Float64Array that fills `shape`, or a tensor of exactly that
 * shape. Nothing is copied. where: the call and the input, as in "session.run: x".
 *
 * Throws ShapeError where the value is of another kind, size or shape.
 */
export function asFloats(where: string, value: Floats, shape: readonly number[]): FloatArray {
  return dataOf(where, value, shape, floatKinds);
}

/**
 * The integers of an input: an Int32Array, Uint32Array or number[] that fills `shape`, or a tensor of exactly
 * that shape. Nothing is copied. where: the call and the input, as in "trainer.step: target".
 *
 * Throws ShapeError where the value is of another kind, size or shape, or has a number that is no 32-bit
 * integer.
 */
export function asInts(where: string, value: Ints, shape: readonly number[]): IntArray {
  const data = dataOf(where, value, shape, intKinds);
  const wrong = Array.isArray(data) ? data.findIndex((n) => n !== n >> 0 && n !== n >>> 0) : -1;
  if (wrong >= 0) {
    throw new ShapeError(
      `${where}: the number at ${wrong} is ${data[wrong]}, it must be an integer of 32 bits; ` +
        "give integers.",
    );
  }
  return data;
}

/** The numbers of an array or tensor, held to its kind, size and shape. */
function dataOf<A extends FloatArray | IntArray>(
  where: string,
  value: A | Tensor<A>,
  shape: readonly number[],
  kinds: readonly string[],
): A {
  const { shape: given, data = value ?? undefined } = (value ?? {}) as Partial<Tensor<A>>;
  const fits = given === undefined || showShape(given) === showShape(shape);
  const numbers = data as A; // if it is one of the kinds
  if (fits && kinds.includes(kindOf(numbers)) && numbers.length === sizeOf(shape)) {
    return numbers;
  }
  const found = numbers === undefined ? "missing" : `${kindOf(numbers)} of ${numbers.length}`;
  throw new ShapeError(
    `${where}: it is ${found}${given ? ` for ${showShape(given)}` : ""}, it must be ${kinds.join(" or ")} of ` +
      `${sizeOf(shape)} for ${showShape(shape)}; give that.`,
  );
}
