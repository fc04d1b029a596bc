// Sequences of different lengths as one batch.

import { describe, expect, expectTypeOf, test } from "vitest";
import { pad } from "../../src/data/pad.js";
import { ShapeError } from "../../src/errors.js";
import type { Tensor } from "../../src/weights/tensors.js";

describe("pad", () => {
  test("tokens: [B, T], zeros behind each, and the lengths", () => {
    const batch = pad([Int32Array.of(1, 2, 3), Int32Array.of(4), new Int32Array(0)]);
    expect(batch.x).toEqual({ shape: [3, 3], data: Int32Array.of(1, 2, 3, 4, 0, 0, 0, 0, 0) });
    expect(batch.lengths).toEqual(Int32Array.of(3, 1, 0));
    expectTypeOf(batch.x).toEqualTypeOf<Tensor<Int32Array<ArrayBuffer>>>();
  });

  test("steps of features: [B, T, size], lengths in steps", () => {
    const { x, lengths } = pad([Float32Array.of(1, 2), Float32Array.of(3, 4, 5, 6)], { size: 2 });
    expect(x).toEqual({ shape: [2, 2, 2], data: Float32Array.of(1, 2, 0, 0, 3, 4, 5, 6) });
    expect(lengths).toEqual(Int32Array.of(1, 2));
    expect(pad([Float64Array.of(1)], { size: 1 }).x).toEqual({ shape: [1, 1, 1], data: Float64Array.of(1) });
  });

  test("a part of a longer array is padded as itself, and nothing is shared", () => {
    const whole = Int32Array.of(1, 2, 3, 4);
    const { x } = pad([whole.subarray(1, 3), whole.subarray(3)]);
    whole.fill(9);
    expect(x.data).toEqual(Int32Array.of(2, 3, 4, 0));
  });

  test("refuses what is no batch", () => {
    expect(() => pad([])).toThrow(
      new ShapeError("pad: there are 0 sequences, there must be at least 1; leave out the empty batch."),
    );
    expect(() => pad([new Float32Array(4), new Float32Array(5)], { size: 2 })).toThrow(
      new ShapeError(
        "pad: sequence 1 is Float32Array of 5, it must be a typed array, of sequence 0's kind, of whole steps of 2; " +
          "give such a one, or the size of a step.",
      ),
    );
    expect(() => pad([new Float32Array(4)], { size: 0 })).toThrow(
      new ShapeError("pad: size is 0; it must be a positive integer."),
    );
    expect(() => pad<Float32Array | Int32Array>([new Float32Array(1), new Int32Array(1)])).toThrow(
      "pad: sequence 1 is Int32Array of 1, it must be a typed array, of sequence 0's kind",
    );
  });
});
