// Files in and out: what is written is read back bit for bit, and no file, however damaged, gives anything
// but tensors or a WeightsError that says what is wrong with it.

import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { WeightsError } from "../../src/errors.js";
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.js";
import type { Tensor, Tensors } from "../../src/weights/tensors.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A file by hand: its header as text and its data as bytes. */
function file(header: string | object, data: Uint8Array | readonly number[] = []): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = Buffer.alloc(8 + json.length + data.length);
  bytes.writeBigUInt64LE(BigInt(json.length));
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return new Uint8Array(bytes);
}

const f32 = (shape: readonly number[], start: number, end: number): object => ({
  dtype: "F32",
  shape,
  data_offsets: [start, end],
});

/** What reading says, without the name of the function. */
function complaint(bytes: unknown): string {
  try {
    readSafetensors(bytes as Uint8Array);
  } catch (error) {
    expect(error).toBeInstanceOf(WeightsError);
    const { message } = error as WeightsError;
    expect(message).toMatch(/^readSafetensors: /);
    return message.slice("readSafetensors: ".length);
  }
  throw new Error("it was read");
}

describe("what is written is read", () => {
  const floats = fc.oneof(
    fc.float32Array({ maxLength: 30 }),
    fc.float64Array({ maxLength: 30 }),
    fc.int32Array({ maxLength: 30 }),
    fc.uint32Array({ maxLength: 30 }),
  );
  const tensor = floats.map((data) => ({
    shape: data.length % 2 ? [data.length] : [2, data.length / 2],
    data,
  }));
  const name = fc.string({ unit: "grapheme" }).filter((text) => text !== "__metadata__");

  test("bit for bit, with its kind, shape and metadata, under any name", () => {
    const notes = fc.dictionary(name, fc.string({ unit: "grapheme" }));
    fc.assert(
      fc.property(fc.dictionary(name, tensor), notes, (tensors, metadata) => {
        const read = readSafetensors(writeSafetensors(tensors, metadata));
        expect(Object.fromEntries(read)).toEqual({ ...tensors });
        expect({ ...read.metadata }).toEqual({ ...metadata });
      }),
    );
  });

  test("from a Map, in the order given where the kind is the same, and owned by nobody else", () => {
    const data = Float32Array.of(1.5, -0, Number.NaN, Number.POSITIVE_INFINITY);
    const tensors = new Map<string, Tensor<Float32Array | Float64Array>>([
      ["b", { shape: [4], data }],
      ["a", { shape: [], data: Float32Array.of(7) }],
      ["d", { shape: [1], data: Float64Array.of(Math.PI) }],
    ]);
    const bytes = writeSafetensors(tensors);
    data.fill(0);
    const read = readSafetensors(bytes);
    bytes.fill(0);
    expect([...read.keys()]).toEqual(["d", "b", "a"]);
    expect(read.get("b")?.data).toEqual(Float32Array.of(1.5, -0, Number.NaN, Number.POSITIVE_INFINITY));
    expect(read.get("a")).toEqual({ shape: [], data: Float32Array.of(7) });
    expect(read.get("d")?.data).toEqual(Float64Array.of(Math.PI));
    expect(read.metadata).toEqual({});
  });

  test("the header begins with its length, is ASCII, and ends on a multiple of eight", () => {
    const bytes = writeSafetensors({ "무게.🍌": { shape: [1], data: Float32Array.of(1) } }, { 한: "글" });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = bytes.subarray(8, 8 + length);
    expect(header.every((byte) => byte < 0x80)).toBe(true);
    expect(JSON.parse(Buffer.from(header).toString())).toEqual({
      __metadata__: { 한: "글" },
      "무게.🍌": { dtype: "F32", shape: [1], data_offsets: [0, 4] },
    });
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 128, 63]);
  });

  test("where there is no TextDecoder, as in an AudioWorklet", () => {
    vi.stubGlobal("TextDecoder", undefined);
    vi.stubGlobal("TextEncoder", undefined);
    const bytes = writeSafetensors({ 무게: { shape: [1], data: Float32Array.of(1) } }, { "%": "100 %" });
    expect(readSafetensors(bytes).get("무게")?.data).toEqual(Float32Array.of(1));
    expect(readSafetensors(bytes).metadata).toEqual({ "%": "100 %" });
    const utf8 = file({ "é%41🍌": f32([0], 0, 0) });
    expect([...readSafetensors(utf8).keys()]).toEqual(["é%41🍌"]);
  });

  test("names and notes that an object has from birth", () => {
    const one = { shape: [1], data: Float32Array.of(1) };
    const names = ["__proto__", "constructor", "toString"];
    const metadata = Object.fromEntries(names.map((key) => [key, "note"]));
    const read = readSafetensors(writeSafetensors(new Map(names.map((key) => [key, one])), metadata));
    expect([...read.keys()].sort()).toEqual([...names].sort());
    expect(Object.entries(read.metadata).sort()).toEqual(names.map((key) => [key, "note"]).sort());
    expect(readSafetensors(writeSafetensors({ w: one })).metadata).toEqual({});
  });
});

describe("files of others", () => {
  test("an ArrayBuffer, a part of a larger array, tensors that are not aligned or not in order", () => {
    const whole = file(
      { b: f32([1], 2, 6), a: { dtype: "F16", shape: [1], data_offsets: [0, 2] }, z: f32([0, 5], 2, 2) },
      [0x00, 0x3c, 0, 0, 128, 63],
    );
    const larger = new Uint8Array(whole.length + 6);
    larger.set(whole, 3);
    for (const given of [whole.buffer, whole, larger.subarray(3, 3 + whole.length)]) {
      const read = readSafetensors(given as ArrayBuffer | Uint8Array);
      expect([...read]).toEqual([
        ["a", { shape: [1], data: Float32Array.of(1) }],
        ["z", { shape: [0, 5], data: new Float32Array(0) }],
        ["b", { shape: [1], data: Float32Array.of(1) }],
      ]);
    }
  });

  test("half precision becomes float32, exactly", () => {
    const halves = [0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc100, 0x7bff, 0x7c00, 0xfc00, 0x7e01];
    const want = [0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, -2.5, 65504, Infinity, -Infinity, NaN];
    const bytes = new Uint8Array(Uint16Array.from(halves).buffer);
    const header = (dtype: string) => ({ h: { dtype, shape: [11], data_offsets: [0, 22] } });
    expect(readSafetensors(file(header("F16"), bytes)).get("h")?.data).toEqual(Float32Array.from(want));
    const brains = [0x0000, 0x8000, 0x0001, 0x3f80, 0xbf80, 0x4049, 0x7f7f, 0x7f80, 0xff80, 0x7fc0, 0x4000];
    const floats = [0, -0, 2 ** -133, 1, -1, 3.140625, 255 * 2 ** 120, Infinity, -Infinity, NaN, 2];
    const brain = new Uint8Array(Uint16Array.from(brains).buffer);
    expect(readSafetensors(file(header("BF16"), brain)).get("h")?.data).toEqual(Float32Array.from(floats));
  });

  test("whole numbers of 64 bits become 32 where they fit, and are refused where not", () => {
    const header = { n: { dtype: "I64", shape: [3], data_offsets: [0, 24] } };
    const bytes = (...numbers: bigint[]) => new Uint8Array(BigInt64Array.from(numbers).buffer);
    const read = readSafetensors(file(header, bytes(5n, -(2n ** 31n), 2n ** 31n - 1n)));
    expect(read.get("n")?.data).toEqual(Int32Array.of(5, -(2 ** 31), 2 ** 31 - 1));
    for (const tooLarge of [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 62n]) {
      expect(complaint(file(header, bytes(0n, 0n, tooLarge)))).toBe(
        `n holds the I64 ${tooLarge}, it must fit 32 bits; ` + "save it as F64, or leave it out.",
      );
    }
  });

  test("kinds that are not read are named", () => {
    const header = { mask: { dtype: "BOOL", shape: [2], data_offsets: [0, 2] } };
    expect(complaint(file(header, [0, 1]))).toBe(
      "mask is BOOL, it must be F64, F32, I32, U32, F16, BF16, I64; " +
        "convert it (in PyTorch: tensor.float()), or leave it out.",
    );
    expect(complaint(file({ x: { dtype: "toString", shape: [], data_offsets: [0, 0] } }))).toContain(
      "x is toString",
    );
  });
});

describe("what is no safetensors file", () => {
  const whole = writeSafetensors({ w: { shape: [2, 3], data: new Float32Array(6) } }, { epoch: "3" });

  test("cut short anywhere, it is refused with what is missing", () => {
    for (let length = 0; length < whole.length; length += 1) {
      expect(complaint(whole.slice(0, length))).toMatch(/cut short|no safetensors file/);
    }
    expect(complaint(whole.slice(0, -1))).toBe(
      "the tensors have 24 bytes, the file has 23 for them; the file is damaged or cut short, get it again.",
    );
    expect(complaint(whole.slice(0, 40))).toBe(
      `the header ends at byte ${whole.length - 24}, the file has 40; the file is damaged or cut short, get it again.`,
    );
  });

  test("other formats, and no bytes at all", () => {
    const refusal = (bytes: number): string =>
      `these ${bytes} bytes are no safetensors file; give all of one ` + "(torch.save makes another format).";
    for (const text of ["PK\x03\x04", "<!DOCTYPE html>", "version https://git-lfs.github.com/spec/v1"]) {
      expect(complaint(Buffer.from(text.padEnd(64)))).toBe(refusal(64));
    }
    expect(complaint(Buffer.from('        {"a"'.padEnd(64)))).toContain(
      "the header ends at byte 23148855308184",
    );
    const moved = Uint8Array.from(whole);
    structuredClone(moved, { transfer: [moved.buffer] });
    for (const nothing of [new Uint8Array(0), moved, moved.buffer, undefined, "text", new Blob(), []]) {
      expect(complaint(nothing)).toBe(refusal(0));
    }
  });

  test("headers that contradict themselves", () => {
    const eight = new Uint8Array(8);
    expect(complaint(file("{nothing"))).toContain("the header is no JSON (SyntaxError: ");
    expect(complaint(file(Buffer.from([0x7b, 0xff, 0x7d]).toString("latin1")))).toContain("is no JSON");
    expect(complaint(file({ a: f32([1], 0, 4), b: f32([2], 0, 8) }, eight))).toBe(
      "b lies in bytes 0 to 8, it must lie in 4 to 12; the file is damaged or cut short, get it again.",
    );
    const places = (shape: readonly number[], start: number, end: number): string =>
      complaint(file({ a: f32(shape, start, end) }, eight));
    expect(places([1], 4, 8)).toContain("a lies in bytes 4 to 8, it must lie in 0 to 4");
    expect(places([3], 0, 8)).toContain("a lies in bytes 0 to 8, it must lie in 0 to 12");
    expect(places([2 ** 40, 2 ** 40], 0, 8)).toContain("a lies in bytes 0 to 8");
    expect(places([1], 0, 4)).toContain("the tensors have 4 bytes, the file has 8 for them");
    for (const wrong of [null, 1, [], {}, { dtype: "F32" }, f32([-1], 0, 4), f32([0.5], 0, 2)]) {
      expect(complaint(file({ a: wrong }, eight))).toContain(
        `a is ${JSON.stringify(wrong)}, it must give dtype, shape and data_offsets`,
      );
    }
    expect(complaint(file({ __metadata__: { epoch: 3 } }))).toContain(
      '__metadata__ is {"epoch":3}, it must be texts by name',
    );
    expect(complaint(file({ __metadata__: "x" }))).toContain('__metadata__ is "x"');
  });

  test("whatever the bytes, nothing but a WeightsError is thrown", () => {
    const readOrComplain = (bytes: Uint8Array): void => {
      try {
        readSafetensors(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(WeightsError);
      }
    };
    const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), readOrComplain));
    fc.assert(fc.property(fc.json(), (json) => readOrComplain(file(json, new Uint8Array(8)))));
    fc.assert(
      fc.property(edits, (changes) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of changes) {
          bytes[at] = value;
        }
        readOrComplain(bytes);
      }),
      { numRuns: 2_000 },
    );
    const entry = fc.record({
      dtype: fc.constantFrom("F32", "F16", "I64", "BOOL", 4),
      shape: fc.array(fc.oneof(fc.nat(4), fc.double(), fc.constant(null)), { maxLength: 3 }),
      data_offsets: fc.array(fc.oneof(fc.nat(16), fc.double()), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), entry), fc.uint8Array({ maxLength: 16 }), (header, data) =>
        readOrComplain(file(header, data)),
      ),
    );
  });
});

describe("what cannot be written", () => {
  const one = { shape: [1], data: Float32Array.of(1) };
  const refusal = (tensors: unknown, metadata?: unknown): string => {
    try {
      writeSafetensors(tensors as Tensors, metadata as { [key: string]: string });
    } catch (error) {
      expect(error).toBeInstanceOf(WeightsError);
      return (error as WeightsError).message;
    }
    throw new Error("it was written");
  };

  test("data that does not fill its shape or is of another kind", () => {
    expect(refusal({ w: { shape: [2, 2], data: new Float32Array(3) } })).toBe(
      "writeSafetensors: w is Float32Array of 3 for [2,2], it must be a Float32Array, Float64Array, Int32Array " +
        "or Uint32Array that fills its shape; give such.",
    );
    expect(refusal({ w: { shape: [1], data: [1] } })).toContain("w is Array of 1 for [1]");
    expect(refusal({ w: { shape: [1], data: new Int16Array(1) } })).toContain("w is Int16Array of 1 for [1]");
    expect(refusal({ w: { shape: [-1, -1], data: Float32Array.of(1) } })).toContain("for [-1,-1]");
    expect(refusal({ w: { data: Float32Array.of(1) } })).toContain("for [undefined]");
  });

  test("names and notes that others could not read", () => {
    const cure = "it must be well-formed text other than __metadata__; write numbers by String().";
    const wrong = (text: string): string => `writeSafetensors: ${text} is no name or note, ${cure}`;
    expect(refusal({ __metadata__: one })).toBe(wrong('"__metadata__"'));
    expect(refusal({ "\ud83c": one })).toBe(wrong('"\\ud83c"'));
    expect(refusal({ w: one }, { "\ud83c": "" })).toBe(wrong('"\\ud83c"'));
    expect(refusal({ w: one }, { epoch: 3 })).toBe(wrong("3"));
  });
});
