// Weights and checkpoints as files: the safetensors format, which PyTorch, JAX and Hugging Face read and write.
// Eight bytes give the length of a JSON header, which names each tensor's kind, shape and place in the bytes behind it;
// no code can hide in such a file. Only ECMAScript is used: an AudioWorklet has no TextDecoder.

import { WeightsError } from "../errors.js";
import {
  entries,
  type F32,
  type F64,
  type I32,
  isFloatArray,
  isIntArray,
  kindOf,
  showShape,
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
/** The longest header that the format allows. */
const LONGEST_HEADER = 100_000_000;
const METADATA = "__metadata__";

/** What the header says of a tensor; `offsets` are its first byte and the one after its last, from the header's end. */
interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly bytesPerNumber: number;
  readonly shape: readonly number[];
  readonly offsets: readonly [number, number];
}

/**
 * The tensors of a safetensors file: F32, F64, I32 and U32 as they are, F16 and BF16 as float32, I64 as int32.
 * Nothing of the result shares memory with `bytes`.
 *
 * Throws WeightsError where the bytes are no such file, are cut short, contradict themselves, or hold numbers of
 * another kind or integers beyond 32 bits.
 */
export function readSafetensors(bytes: ArrayBuffer | Uint8Array): Safetensors {
  const file = viewOf(bytes);
  const header = headerOf(file);
  const data = new DataView(file.buffer, file.byteOffset + HEADER + header.bytes);
  const size = file.byteLength - HEADER - header.bytes;
  const found = Object.entries(header.json).filter(([name]) => name !== METADATA);
  const inOrder = found
    .map(([name, value]) => entryOf(name, value))
    .sort((a, b) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1]);
  checkPlaces(inOrder, size);
  const tensors = new Map<string, Tensor<Numbers>>();
  for (const entry of inOrder) {
    tensors.set(entry.name, { shape: entry.shape, data: numbersOf(entry, data) });
  }
  return Object.assign(tensors, { metadata: metadataOf(header.json) });
}

/**
 * A safetensors file of tensors by name: Float32Array, Float64Array, Int32Array and Uint32Array become F32, F64, I32
 * and U32, bit for bit. metadata: notes to go with them, as { epoch: "3" }. PyTorch reads it by
 * `safetensors.torch.load_file`.
 *
 * Throws WeightsError where a tensor's data does not fill its shape or is of another kind, or where a name or note
 * cannot be written.
 */
export function writeSafetensors(
  tensors: Tensors,
  metadata: { readonly [key: string]: string } = {},
): Uint8Array<ArrayBuffer> {
  const all = [...entries(tensors)].map(([name, { shape, data }]) => {
    checkWritable(name, shape, data);
    return { name, shape, data, dtype: dtypeOf(data) };
  });
  // Numbers of eight bytes first: then every tensor is aligned to its numbers.
  const inOrder = all.sort((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const described: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) {
    checkMetadata(metadata);
    described.push([METADATA, metadata]);
  }
  let end = 0;
  for (const { name, shape, data, dtype } of inOrder) {
    const start = end;
    end += data.length * data.BYTES_PER_ELEMENT;
    described.push([name, { dtype, shape, data_offsets: [start, end] }]);
  }
  const json = asciiJson(Object.fromEntries(described));
  const header = json.padEnd(Math.ceil(json.length / 8) * 8, " ");

  const file = new Uint8Array(HEADER + header.length + end);
  const view = new DataView(file.buffer);
  view.setUint32(0, header.length, true);
  for (let at = 0; at < header.length; at += 1) {
    file[HEADER + at] = header.charCodeAt(at);
  }
  let at = HEADER + header.length;
  for (const { data } of inOrder) {
    writeNumbers(view, at, data);
    at += data.length * data.BYTES_PER_ELEMENT;
  }
  return file;
}

// reading ------------------------------------------------------------------------------------------------------------

function viewOf(bytes: ArrayBuffer | Uint8Array): DataView {
  if (bytes?.byteLength === 0) {
    throw new WeightsError(
      "readSafetensors: there are 0 bytes, it must be a whole file; " +
        "a buffer is left empty when it is transferred to another thread: read it there.",
    );
  }
  if (ArrayBuffer.isView(bytes)) {
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  // By name, so that a buffer of another realm (a frame's) passes.
  if (["ArrayBuffer", "SharedArrayBuffer"].includes(kindOf(bytes))) {
    return new DataView(bytes);
  }
  throw new WeightsError(
    `readSafetensors: what it was given is of kind ${kindOf(bytes)}, it must be an ArrayBuffer or Uint8Array; ` +
      "a Blob, File or Response gives one by await arrayBuffer().",
  );
}

function headerOf(file: DataView): { json: { readonly [name: string]: unknown }; bytes: number } {
  const first = file.byteLength > HEADER ? String.fromCharCode(file.getUint8(HEADER)) : "";
  if (first !== "{") {
    throw new WeightsError(
      `readSafetensors: these ${file.byteLength} bytes are no safetensors file, which has a header in JSON ` +
        `after 8 bytes; ${advice(file)}`,
    );
  }
  const bytes = file.getUint32(0, true) + file.getUint32(4, true) * 2 ** 32;
  const rest = file.byteLength - HEADER;
  if (bytes > Math.min(rest, LONGEST_HEADER)) {
    throw new WeightsError(
      `readSafetensors: the header is said to have ${bytes} bytes, ` +
        (bytes > LONGEST_HEADER
          ? `the format allows ${LONGEST_HEADER}; this is no safetensors file.`
          : `the file has ${rest} left for it; it was cut short: fetch or copy it again.`),
    );
  }
  try {
    const text = utf8(new Uint8Array(file.buffer, file.byteOffset + HEADER, bytes));
    // What begins with "{" is an object, if it is JSON at all.
    return { json: JSON.parse(text) as { readonly [name: string]: unknown }, bytes };
  } catch (cause) {
    throw new WeightsError(
      `readSafetensors: the header of ${bytes} bytes is no JSON (${String(cause)}), it must be; ` +
        "the file is damaged or of another format.",
      { cause },
    );
  }
}

/** What to do about a file of another format, by how it begins. */
function advice(file: DataView): string {
  const start = Array.from({ length: Math.min(8, file.byteLength) }, (_, at) => file.getUint8(at));
  const text = String.fromCharCode(...start);
  if (text.startsWith("PK")) {
    return "it looks like a zip, as torch.save makes: save it by safetensors.torch.save_file instead.";
  }
  if (text.startsWith("<")) {
    return "it looks like a web page: was the answer an error? Check response.ok and the address.";
  }
  if (text.startsWith("version ")) {
    return "it looks like a pointer of Git LFS: fetch the file itself.";
  }
  return "give the whole file, as safetensors.torch.save_file or writeSafetensors makes it.";
}

/** Text of bytes in UTF-8; a URIError where they are none. */
function utf8(bytes: Uint8Array): string {
  let escaped = "";
  for (const byte of bytes) {
    const plain = byte < 0x80 && byte !== 0x25;
    escaped += plain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`;
  }
  return decodeURIComponent(escaped);
}

function entryOf(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as { readonly [key: string]: unknown };
  if (typeof dtype !== "string" || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    throw new WeightsError(
      `readSafetensors: the header says of ${name} ${excerpt(value)}, it must give dtype, shape and ` +
        "data_offsets; the file is damaged or was not made by a safetensors library.",
    );
  }
  const bytesPerNumber = bytesOf(dtype);
  if (bytesPerNumber === undefined) {
    throw new WeightsError(
      `readSafetensors: ${name} is ${dtype}, it must be F32, F64, F16, BF16, I32, U32 or I64; ` +
        "convert it before it is saved (in PyTorch: tensor.float()), or leave it out.",
    );
  }
  const [start = 0, end = 0] = offsets;
  const size = sizeOf(shape) * bytesPerNumber;
  if (end - start !== size) {
    throw new WeightsError(
      `readSafetensors: ${name} lies in bytes ${start} to ${end}, which is ${end - start}; ` +
        `${dtype} ${showShape(shape)} needs ${size}; the file is damaged.`,
    );
  }
  return { name, dtype, bytesPerNumber, shape, offsets: [start, end] };
}

/** The beginning of what the header says, for a message. */
function excerpt(value: unknown): string {
  const text = String(JSON.stringify(value));
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** Non-negative whole numbers: a shape, or offsets. */
function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/** The format wants every byte to belong to one tensor. Entries come in order of their offsets. */
function checkPlaces(inOrder: readonly Entry[], size: number): void {
  let covered = 0;
  let before = "the header";
  for (const { name, offsets } of inOrder) {
    const [start, end] = offsets;
    if (end > size) {
      throw new WeightsError(
        `readSafetensors: ${name} ends at byte ${end} of the data, of which the file has ${size}; ` +
          "it was cut short: fetch or copy it again.",
      );
    }
    if (start !== covered) {
      throw new WeightsError(
        `readSafetensors: ${name} begins at byte ${start}, it must begin at ${covered}, where ${before} ends; ` +
          "tensors may not overlap or leave gaps: the file is damaged.",
      );
    }
    covered = end;
    before = name;
  }
  if (covered !== size) {
    throw new WeightsError(
      `readSafetensors: the tensors end at byte ${covered} of the data, the file has ${size}; ` +
        "it has something added to its end or is damaged.",
    );
  }
}

function metadataOf(json: { readonly [name: string]: unknown }): { readonly [key: string]: string } {
  const metadata = Object.hasOwn(json, METADATA) ? json[METADATA] : {};
  const isRecord = kindOf(metadata) === "Object";
  if (!isRecord || Object.values(metadata as object).some((note) => typeof note !== "string")) {
    throw new WeightsError(
      `readSafetensors: ${METADATA} is ${excerpt(metadata)}, it must be texts by name; ` +
        "the file was not made by a safetensors library.",
    );
  }
  return metadata as { readonly [key: string]: string };
}

function bytesOf(dtype: string): number | undefined {
  switch (dtype) {
    case "F64":
    case "I64":
      return 8;
    case "F32":
    case "I32":
    case "U32":
      return 4;
    case "F16":
    case "BF16":
      return 2;
    default:
      return undefined;
  }
}

/** A tensor's numbers, one by one: the format is little-endian whatever the machine, and need not be aligned. */
function numbersOf(entry: Entry, data: DataView): Numbers {
  const { name, dtype, bytesPerNumber, shape } = entry;
  const start = entry.offsets[0];
  const count = sizeOf(shape);
  const fill = <A extends Numbers>(array: A, read: (at: number) => number): A => {
    for (let i = 0; i < count; i += 1) {
      array[i] = read(start + i * bytesPerNumber);
    }
    return array;
  };
  switch (dtype) {
    case "F64":
      return fill(new Float64Array(count), (at) => data.getFloat64(at, true));
    case "F32":
      return fill(new Float32Array(count), (at) => data.getFloat32(at, true));
    case "F16":
      return fill(new Float32Array(count), (at) => float16(data.getUint16(at, true)));
    case "BF16": {
      // A bfloat16 is the upper half of a float32.
      const halves = fill(new Uint32Array(count), (at) => data.getUint16(at, true) << 16);
      return new Float32Array(halves.buffer);
    }
    case "U32":
      return fill(new Uint32Array(count), (at) => data.getUint32(at, true));
    case "I32":
      return fill(new Int32Array(count), (at) => data.getInt32(at, true));
    default:
      return fill(new Int32Array(count), (at) => int64(name, data, at));
  }
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

function int64(name: string, data: DataView, at: number): number {
  const low = data.getInt32(at, true);
  const high = data.getInt32(at + 4, true);
  if (high !== low >> 31) {
    throw new WeightsError(
      `readSafetensors: ${name} holds the I64 ${data.getBigInt64(at, true)}, it must fit 32 bits; ` +
        "save it as F64 if it is a number to compute with, or leave it out.",
    );
  }
  return low;
}

// writing ------------------------------------------------------------------------------------------------------------

type Writable = Float32Array | Float64Array | Int32Array | Uint32Array;

function checkWritable(name: string, shape: readonly number[], data: Writable): void {
  if (!isFloatArray(data) && !isIntArray(data)) {
    throw new WeightsError(
      `writeSafetensors: the data of ${name} is of kind ${kindOf(data)}, it must be a Float32Array, ` +
        "Float64Array, Int32Array or Uint32Array; make one by its from().",
    );
  }
  if (!isCounts(shape) || sizeOf(shape) !== data.length) {
    throw new WeightsError(
      `writeSafetensors: ${name} has ${data.length} numbers, its shape ${String(shape && showShape(shape))} ` +
        "must hold as many; give shape and data that belong together.",
    );
  }
  if (name === METADATA) {
    throw new WeightsError(
      `writeSafetensors: a tensor is called ${METADATA}, which is the format's own name; call it otherwise.`,
    );
  }
  checkText(name);
}

function checkMetadata(metadata: { readonly [key: string]: unknown }): void {
  for (const [key, note] of Object.entries(metadata)) {
    if (typeof note !== "string") {
      throw new WeightsError(
        `writeSafetensors: the metadata ${key} is of kind ${kindOf(note)}, it must be text; ` +
          "write numbers by String() and the rest by JSON.stringify().",
      );
    }
    checkText(key);
    checkText(note);
  }
}

/** Half a pair of UTF-16 is no Unicode text: other readers would refuse the file. */
function checkText(text: string): void {
  if (/\p{Surrogate}/u.test(text)) {
    throw new WeightsError(
      `writeSafetensors: ${JSON.stringify(text)} holds half a character, it must be well-formed text; ` +
        "cut texts between code points.",
    );
  }
}

function dtypeOf(data: Writable): string {
  const kind = isFloatArray(data) ? "F" : kindOf(data).charAt(0);
  return `${kind}${8 * data.BYTES_PER_ELEMENT}`;
}

/** JSON with everything beyond ASCII escaped: a character is a byte, and no encoder is needed. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^\0-\x7f]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function writeNumbers(view: DataView, start: number, data: Writable): void {
  const bytes = data.BYTES_PER_ELEMENT;
  if (isIntArray(data)) {
    for (let i = 0; i < data.length; i += 1) {
      view.setInt32(start + i * bytes, data[i], true);
    }
    return;
  }
  for (let i = 0; i < data.length; i += 1) {
    if (bytes === 8) {
      view.setFloat64(start + i * bytes, data[i], true);
    } else {
      view.setFloat32(start + i * bytes, data[i], true);
    }
  }
}
