// Inputs are held to their kind and shape before anything is computed, in words that say what to do.

import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.js";
import { asFloats, asInts, entries, type Floats, type Ints, sizeOf } from "../../src/weights/tensors.js";

/** Values that no type allows, as a program in JavaScript may give them. */
const wrongFloats = (value: unknown): Floats => value as Floats;
const wrongInts = (value: unknown): Ints => value as Ints;

describe("asFloats", () => {
  test("takes an array that fills the shape and a tensor of it, without a copy", () => {
    const data = new Float32Array(6);
    expect(asFloats("x", data, [2, 3])).toBe(data);
    expect(asFloats("x", { shape: [2, 3], data }, [2, 3])).toBe(data);
    const doubles = new Float64Array(1);
    expect(asFloats("x", doubles, [])).toBe(doubles);
  });

  test("refuses other sizes, shapes and kinds", () => {
    const six = new Float32Array(6);
    const refusal = (value: unknown, shape: readonly number[], found: string, wanted: string) => {
      expect(() => asFloats("session.run: x", wrongFloats(value), shape)).toThrow(
        new ShapeError(
          `session.run: x: it is ${found}, it must be Float32Array or Float64Array of ${wanted}; ` +
            "give that.",
        ),
      );
    };
    refusal(six, [2, 4], "Float32Array of 6", "8 for [2, 4]");
    refusal({ shape: [3, 2], data: six }, [2, 3], "Float32Array of 6 for [3, 2]", "6 for [2, 3]");
    refusal({ shape: [2, 3], data: six }, [2, 3, 1], "Float32Array of 6 for [2, 3]", "6 for [2, 3, 1]");
    refusal({ shape: [2, 4], data: six }, [2, 4], "Float32Array of 6 for [2, 4]", "8 for [2, 4]");
    refusal(new Int32Array(6), [6], "Int32Array of 6", "6 for [6]");
    refusal([1, 2], [2], "Array of 2", "2 for [2]");
    refusal(undefined, [2], "missing", "2 for [2]");
    refusal("text", [4], "String of 4", "4 for [4]");
    refusal(new DataView(new ArrayBuffer(4)), [4], "DataView of undefined", "4 for [4]");
  });
});

describe("asInts", () => {
  test("takes typed arrays, numbers and tensors", () => {
    const ids = new Int32Array(4);
    expect(asInts("x", ids, [2, 2])).toBe(ids);
    expect(asInts("x", { shape: [2, 2], data: ids }, [2, 2])).toBe(ids);
    expect(asInts("x", [1, -2, 4294967295], [3])).toEqual([1, -2, 4294967295]);
    expect(asInts("x", { shape: [1], data: [7] }, [1])).toEqual([7]);
    expect(asInts("x", new Uint32Array([9]), [1])).toEqual(new Uint32Array([9]));
  });

  test("refuses floats, fractions and what is too large for 32 bits", () => {
    expect(() => asInts("trainer.step: x", wrongInts(new Float32Array(2)), [2])).toThrow(
      new ShapeError(
        "trainer.step: x: it is Float32Array of 2, it must be Int32Array or Uint32Array or Array of 2 for [2]; " +
          "give that.",
      ),
    );
    expect(() => asInts("x", [0, 1.5], [2])).toThrow(
      new ShapeError("x: the number at 1 is 1.5, it must be an integer of 32 bits; give integers."),
    );
    expect(() => asInts("x", [2 ** 32], [1])).toThrow("the number at 0 is 4294967296");
    expect(() => asInts("x", [Number.NaN], [1])).toThrow("the number at 0 is NaN");
    expect(() => asInts("x", [1, 2], [3])).toThrow("x: it is Array of 2, it must be");
    expect(() => asInts("x", wrongInts(null), [3])).toThrow("x: it is missing, it must be Int32Array");
  });
});

test("entries goes through a Map and a record alike, one called entries included", () => {
  const one = { shape: [1], data: new Float32Array(1) };
  expect([...entries("w", new Map([["w", one]]))]).toEqual([["w", one]]);
  expect([...entries("w", { w: one, entries: one })]).toEqual([
    ["w", one],
    ["entries", one],
  ]);
});

test("sizeOf is the product of the shape", () => {
  expect([sizeOf([]), sizeOf([5]), sizeOf([2, 3, 4]), sizeOf([2, 0])]).toEqual([1, 5, 24, 0]);
});
