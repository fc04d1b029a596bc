// A tensor is plain data: a shape and a typed array, row-major. Here are the types of what goes in and comes out of
// every call, and the two functions that hold an input to its kind and its shape before anything is computed.

import { ShapeError } from "../errors.js";

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

/** Name and tensor, one after the other, of a Map or of a record. */
export function entries(tensors: Tensors): Iterable<readonly [string, AnyTensor]> {
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

/** What a value is, in words for a message: "Float32Array", "number", "Array", … The same in every realm. */
export function kindOf(value: unknown): string {
  if (value === null || typeof value !== "object") {
    return value === null ? "null" : typeof value;
  }
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/**
 * The floats of an input: a Float32Array or Float64Array that fills `shape`, or a tensor of exactly that shape.
 * Nothing is copied. where: the call and the input, as in "session.run: x".
 *
 * Throws ShapeError where the value is of another kind, size or shape.
 */
export function asFloats(where: string, value: Floats, shape: readonly number[]): FloatArray {
  const data = dataOf(where, value, shape);
  if (isFloatArray(data)) {
    return data;
  }
  const found = describe(data);
  throw new ShapeError(`${where}: it is ${found}, it must be floats; give a Float32Array or Float64Array.`);
}

/**
 * The integers of an input: an Int32Array, Uint32Array or number[] that fills `shape`, or a tensor of exactly that
 * shape. Nothing is copied. where: the call and the input, as in "trainer.step: target".
 *
 * Throws ShapeError where the value is of another kind, size or shape, or has a number that is no 32-bit integer.
 */
export function asInts(where: string, value: Ints, shape: readonly number[]): IntArray {
  const data = dataOf(where, value, shape);
  if (Array.isArray(data)) {
    checkIntegers(where, data);
    return data;
  }
  if (isIntArray(data)) {
    return data;
  }
  const found = describe(data);
  throw new ShapeError(
    `${where}: it is ${found}, it must be integers; give an Int32Array, Uint32Array or number[].`,
  );
}

/** The numbers of an array or tensor, after its size and shape were checked. Their kind is still open. */
function dataOf(where: string, value: unknown, shape: readonly number[]): unknown {
  if (isTensor(value)) {
    checkShape(where, value, shape);
    return value.data;
  }
  if (isNumbers(value)) {
    const size = sizeOf(shape);
    if (value.length !== size) {
      throw new ShapeError(
        `${where}: it has ${value.length} numbers, it must have ${size}, which is ${showShape(shape)}; ` +
          "give that many, or build for other sizes.",
      );
    }
  }
  return value;
}

function checkShape(where: string, tensor: Tensor<ArrayLike<number>>, shape: readonly number[]): void {
  const found = tensor.shape;
  let same = found.length === shape.length;
  for (let axis = 0; axis < shape.length; axis += 1) {
    same &&= found[axis] === shape[axis];
  }
  if (!same) {
    throw new ShapeError(
      `${where}: its shape is ${showShape(found)}, it must be ${showShape(shape)}; ` +
        "give that shape, or build for other sizes.",
    );
  }
  const size = sizeOf(shape);
  if (tensor.data.length !== size) {
    throw new ShapeError(
      `${where}: its data has ${tensor.data.length} numbers, its shape ${showShape(found)} needs ${size}; ` +
        "give shape and data that belong together.",
    );
  }
}

function checkIntegers(where: string, numbers: readonly unknown[]): void {
  for (let at = 0; at < numbers.length; at += 1) {
    const value = numbers[at];
    if (typeof value !== "number" || (value !== value >> 0 && value !== value >>> 0)) {
      throw new ShapeError(
        `${where}: the number at ${at} is ${String(value)}, it must be an integer of 32 bits; ` +
          "tokens, labels and lengths are integers.",
      );
    }
  }
}

function isTensor(value: unknown): value is Tensor<ArrayLike<number>> {
  if (value === null || typeof value !== "object" || !("shape" in value) || !("data" in value)) {
    return false;
  }
  return Array.isArray(value.shape) && isNumbers(value.data);
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** By name where `instanceof` fails, as for an array of another page's. */
export function isFloatArray(value: unknown): value is FloatArray {
  if (value instanceof Float32Array) {
    return true;
  }
  const kind = kindOf(value);
  return kind === "Float32Array" || kind === "Float64Array";
}

export function isIntArray(value: unknown): value is Int32Array | Uint32Array {
  if (value instanceof Int32Array) {
    return true;
  }
  const kind = kindOf(value);
  return kind === "Int32Array" || kind === "Uint32Array";
}

function describe(value: unknown): string {
  const kind = kindOf(value);
  if (kind === "undefined" || kind === "null") {
    return "missing";
  }
  return /^[AEIOU]/i.test(kind) ? `an ${kind}` : `a ${kind}`;
}
