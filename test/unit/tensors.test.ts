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
    expect(() => asFloats("session.run: x", six, [2, 4])).toThrow(
      new ShapeError(
        "session.run: x: it has 6 numbers, it must have 8, which is [2, 4]; " +
          "give that many, or build for other sizes.",
      ),
    );
    expect(() => asFloats("session.run: x", { shape: [3, 2], data: six }, [2, 3])).toThrow(
      new ShapeError(
        "session.run: x: its shape is [3, 2], it must be [2, 3]; give that shape, or build for other sizes.",
      ),
    );
    expect(() => asFloats("x", { shape: [2, 3], data: six }, [2, 3, 1])).toThrow("its shape is [2, 3]");
    expect(() => asFloats("x", { shape: [2, 4], data: six }, [2, 4])).toThrow(
      new ShapeError(
        "x: its data has 6 numbers, its shape [2, 4] needs 8; give shape and data that belong together.",
      ),
    );
    expect(() => asFloats("x", wrongFloats(new Int32Array(6)), [6])).toThrow(
      new ShapeError("x: it is an Int32Array, it must be floats; give a Float32Array or Float64Array."),
    );
    expect(() => asFloats("x", wrongFloats([1, 2]), [2])).toThrow("x: it is an Array, it must be floats");
    expect(() => asFloats("x", wrongFloats(undefined), [2])).toThrow("x: it is missing, it must be floats");
    expect(() => asFloats("x", wrongFloats("text"), [4])).toThrow("x: it is a string, it must be floats");
    expect(() => asFloats("x", wrongFloats(new DataView(new ArrayBuffer(4))), [4])).toThrow("a DataView");
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
        "trainer.step: x: it is a Float32Array, it must be integers; give an Int32Array, Uint32Array or number[].",
      ),
    );
    expect(() => asInts("x", [0, 1.5], [2])).toThrow(
      new ShapeError(
        "x: the number at 1 is 1.5, it must be an integer of 32 bits; tokens, labels and lengths are integers.",
      ),
    );
    expect(() => asInts("x", [2 ** 32], [1])).toThrow("the number at 0 is 4294967296");
    expect(() => asInts("x", [Number.NaN], [1])).toThrow("the number at 0 is NaN");
    expect(() => asInts("x", [1, 2], [3])).toThrow("x: it has 2 numbers, it must have 3, which is [3]");
    expect(() => asInts("x", wrongInts(null), [3])).toThrow("x: it is missing, it must be integers");
  });
});

test("entries goes through a Map and a record alike, one called entries included", () => {
  const one = { shape: [1], data: new Float32Array(1) };
  expect([...entries(new Map([["w", one]]))]).toEqual([["w", one]]);
  expect([...entries({ w: one, entries: one })]).toEqual([
    ["w", one],
    ["entries", one],
  ]);
});

test("sizeOf is the product of the shape", () => {
  expect([sizeOf([]), sizeOf([5]), sizeOf([2, 3, 4]), sizeOf([2, 0])]).toEqual([1, 5, 24, 0]);
});
