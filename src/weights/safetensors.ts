// Weights and checkpoints as files: the safetensors format, which PyTorch, JAX and Hugging Face read and
// write. Eight bytes give the length of a JSON header, which names each tensor's kind, shape and place in the
// bytes behind it; no code can hide in such a file. Only ECMAScript is used: an AudioWorklet has no
// TextDecoder.

import { WeightsError } from "../errors.js";
import {
  type AnyTensor,
  entries,
  type F32,
  type F64,
  type I32,
  kindOf,
  sizeOf,
  type Tensor,
  type Tensors,
  type U32,
} from "./tensors.js";

type Numbers = F32 | F64 | I32 | U32;

/** A Map of tensors, in the order of the file, with the file's own notes beside them. */
export interface Safetensors extends ReadonlyMap<string, Tensor<Numbers>> {
  readonly metadata: { readonly [key: string]: string };
}

/** Where the header's JSON begins. */
const HEADER = 8;
const METADATA = "__metadata__";

/**
 * What the header says of a tensor; `offsets` are its first byte and the one after its last, from the
 * header's end.
 */
interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly offsets: readonly number[];
}

/**
 * Kinds of numbers: how many bytes each has, and what becomes of them. They are little-endian, as all hosts
 * of JavaScript.
 */
const kinds: ReadonlyMap<string, readonly [number, (bytes: ArrayBuffer, name: string) => Numbers]> =
  /* @__PURE__ */ new Map([
    ["F64", [8, (bytes) => new Float64Array(bytes)]],
    ["F32", [4, (bytes) => new Float32Array(bytes)]],
    ["I32", [4, (bytes) => new Int32Array(bytes)]],
    ["U32", [4, (bytes) => new Uint32Array(bytes)]],
    ["F16", [2, (bytes) => Float32Array.from(new Uint16Array(bytes), float16)]],
    ["BF16", [2, (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), upperHalf).buffer)]],
    ["I64", [8, int64]],
  ]);

/**
 * The tensors of a safetensors file: F32, F64, I32 and U32 as they are, F16 and BF16 as float32, I64 as
 * int32. Nothing of the result shares memory with `bytes`.
 *
 * Throws WeightsError where the bytes are no such file, are cut short, contradict themselves, or hold numbers
 * of another kind or integers beyond 32 bits.
 */
export function readSafetensors(bytes: ArrayBuffer | Uint8Array): Safetensors {
  // no bytes where a buffer was transferred away, or where it is none
  const given = bytes?.byteLength ? bytes : new ArrayBuffer(0);
  const file = given instanceof Uint8Array ? given : new Uint8Array(given);
  const { json, data } = partsOf(file);
  const { [METADATA]: metadata = {}, ...described } = json;
  if (
    kindOf(metadata) !== "Object" ||
    Object.values(metadata as object).some((note) => typeof note !== "string")
  ) {
    throw damaged(`${METADATA} is ${excerpt(metadata)}, it must be texts by name`);
  }
  const inOrder = Object.entries(described)
    .map(([name, value]) => entryOf(name, value))
    .sort(({ offsets: [a, aEnd] }, { offsets: [b, bEnd] }) => a - b || aEnd - bEnd);
  checkPlaces(inOrder, data.length);
  const tensors = inOrder.map(({ name, dtype, shape, offsets }): [string, Tensor<Numbers>] => {
    const [, read] = kindNamed(name, dtype);
    return [name, { shape, data: read(new Uint8Array(data.subarray(...offsets)).buffer, name) }];
  });
  return Object.assign(new Map(tensors), { metadata: metadata as Safetensors["metadata"] });
}

/**
 * A safetensors file of tensors by name: Float32Array, Float64Array, Int32Array and Uint32Array become F32,
 * F64, I32 and U32, bit for bit. metadata: notes to go with them, as { epoch: "3" }. PyTorch reads it by
 * `safetensors.torch.load_file`.
 *
 * Throws WeightsError where a tensor's data does not fill its shape or is of another kind, or where a name or
 * note cannot be written.
 */
export function writeSafetensors(
  tensors: Tensors,
  metadata: { readonly [key: string]: string } = {},
): Uint8Array<ArrayBuffer> {
  // numbers of eight bytes first: then every tensor is aligned to its numbers
  const inOrder = [...entries("writeSafetensors", tensors)].sort(
    ([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT,
  );
  const notes = Object.entries(metadata);
  for (const text of [...inOrder.map(([name]) => name), ...notes.flat()]) {
    checkText(text);
  }
  let end = 0;
  const described = inOrder.map(([name, tensor]): [string, unknown] => {
    const start = end;
    const dtype = dtypeOf(name, tensor);
    end += tensor.data.byteLength;
    return [name, { dtype, shape: tensor.shape, data_offsets: [start, end] }];
  });
  const json = asciiJson(
    Object.fromEntries(notes.length > 0 ? [[METADATA, metadata], ...described] : described),
  );
  const header = json.padEnd(Math.ceil(json.length / 8) * 8, " ");

  const file = new Uint8Array(HEADER + header.length + end);
  new DataView(file.buffer).setUint32(0, header.length, true);
  file.set(
    Array.from(header, (character) => character.charCodeAt(0)),
    HEADER,
  );
  let at = HEADER + header.length;
  for (const [, { data }] of inOrder) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

// reading
// ------------------------------------------------------------------------------------------------------------

/** The header and what lies behind it. */
function partsOf(file: Uint8Array): { json: { readonly [name: string]: unknown }; data: Uint8Array } {
  if (file[HEADER] !== 0x7b) {
    throw new WeightsError(
      `readSafetensors: these ${file.length} bytes are no safetensors file; give all of one ` +
        "(torch.save makes another format).",
    );
  }
  const view = new DataView(file.buffer, file.byteOffset);
  const end = HEADER + view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (end > file.length) {
    throw damaged(`the header ends at byte ${end}, the file has ${file.length}`);
  }
  try {
    // what begins with "{" is an object, if it is JSON at all
    return { json: JSON.parse(utf8(file.subarray(HEADER, end))), data: file.subarray(end) };
  } catch (cause) {
    throw damaged(`the header is no JSON (${String(cause)})`, cause);
  }
}

function damaged(what: string, cause?: unknown): WeightsError {
  return new WeightsError(`readSafetensors: ${what}; the file is damaged or cut short, get it again.`, {
    cause,
  });
}

/** Text of bytes in UTF-8; throws a URIError where they are none. */
function utf8(bytes: Uint8Array): string {
  const escaped = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`);
  return decodeURIComponent(escaped.join(""));
}

function entryOf(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as { readonly [key: string]: unknown };
  if (typeof dtype !== "string" || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    throw damaged(`${name} is ${excerpt(value)}, it must give dtype, shape and data_offsets`);
  }
  return { name, dtype, shape, offsets };
}

/** The beginning of what the header says, for a message. */
function excerpt(value: unknown): string {
  return JSON.stringify(value).slice(0, 100);
}

/** Non-negative whole numbers: a shape, or offsets. */
function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/** The format wants every byte to belong to one tensor. Entries come in order of their offsets. */
function checkPlaces(inOrder: readonly Entry[], size: number): void {
  let covered = 0;
  for (const { name, dtype, shape, offsets } of inOrder) {
    const [bytes] = kindNamed(name, dtype);
    const start = covered;
    covered += sizeOf(shape) * bytes;
    if (offsets[0] !== start || offsets[1] !== covered) {
      throw damaged(`${name} lies in bytes ${offsets.join(" to ")}, it must lie in ${start} to ${covered}`);
    }
  }
  if (covered !== size) {
    throw damaged(`the tensors have ${covered} bytes, the file has ${size} for them`);
  }
}

function kindNamed(name: string, dtype: string) {
  const kind = kinds.get(dtype);
  if (!kind) {
    throw new WeightsError(
      `readSafetensors: ${name} is ${dtype}, it must be ${[...kinds.keys()].join(", ")}; ` +
        "convert it (in PyTorch: tensor.float()), or leave it out.",
    );
  }
  return kind;
}

/** The number of a float16's 16 bits (IEEE 754 binary16). */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) {
    return sign * fraction * 2 ** -24;
  }
  if (exponent === 0x1f) {
    return fraction === 0 ? sign * Infinity : NaN;
  }
  return sign * (1 + fraction / 0x400) * 2 ** (exponent - 15);
}

/** A bfloat16 is the upper half of a float32. */
function upperHalf(bits: number): number {
  return bits << 16;
}

function int64(bytes: ArrayBuffer, name: string): I32 {
  const numbers = new BigInt64Array(bytes);
  const large = numbers.find((n) => n !== BigInt.asIntN(32, n));
  if (large !== undefined) {
    throw new WeightsError(
      `readSafetensors: ${name} holds the I64 ${large}, it must fit 32 bits; ` +
        "save it as F64, or leave it out.",
    );
  }
  return Int32Array.from(numbers, Number);
}

// writing
// ------------------------------------------------------------------------------------------------------------

/** "F32" of a Float32Array. */
function dtypeOf(name: string, { shape, data }: AnyTensor): string {
  const [, letter, bits] = /^(F|I|U)\D+(32|64)Array$/.exec(kindOf(data)) ?? [];
  if (!letter || !isCounts(shape) || sizeOf(shape) !== data.length) {
    throw new WeightsError(
      `writeSafetensors: ${name} is ${kindOf(data)} of ${data.length} for [${shape}], it must be a Float32Array, ` +
        "Float64Array, Int32Array or Uint32Array that fills its shape; give such.",
    );
  }
  return letter + bits;
}

/** Names and notes are text without half a pair of UTF-16, or other readers would refuse the file. */
function checkText(text: unknown): void {
  if (typeof text !== "string" || text === METADATA || /\p{Surrogate}/u.test(text)) {
    throw new WeightsError(
      `writeSafetensors: ${JSON.stringify(text)} is no name or note, it must be well-formed text other than ` +
        `${METADATA}; write numbers by String().`,
    );
  }
}

/** JSON with everything beyond ASCII escaped: a character is a byte, and no encoder is needed. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^\0-\x7f]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
