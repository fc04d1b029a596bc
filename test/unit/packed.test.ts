// PyTorch's PackedSequence, there and back: as PyTorch made it, and whatever the sequences.

import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { packed, unpacked } from "../../src/data/packed.js";
import { pad } from "../../src/data/pad.js";
import { ShapeError } from "../../src/errors.js";
import type { Tensor } from "../../src/weights/tensors.js";
import index from "../fixtures/goldens/index.json" with { type: "json" };

interface PackedCase {
  readonly id: string;
  readonly kind: string;
  readonly T: number;
  readonly lengths: readonly number[];
  readonly packed: {
    readonly batch_sizes: readonly number[];
    readonly sorted_indices: readonly number[];
    readonly unsorted_indices: readonly number[];
  };
}

const goldens = (index.cases as readonly unknown[] as readonly PackedCase[]).filter(
  ({ kind }) => kind === "packed",
);

test.each(goldens)("$id: the arrays that PyTorch made", ({ T, lengths, packed: want }) => {
  const x = { shape: [lengths.length, T], data: new Float32Array(lengths.length * T) };
  const got = packed({ x, lengths });
  expect([...got.batchSizes]).toEqual(want.batch_sizes);
  expect([...got.sortedIndices]).toEqual(want.sorted_indices);
  expect([...got.unsortedIndices]).toEqual(want.unsorted_indices);
});

test("there are goldens", () => expect(goldens.length).toBe(20));

describe("packed", () => {
  const x = { shape: [3, 3, 2], data: Int32Array.from({ length: 18 }, (_, k) => k) };

  test("step by step, longest first, without padding", () => {
    const got = packed({ x, lengths: [1, 3, 2] });
    expect(got.data).toEqual({
      shape: [6, 2],
      data: Int32Array.of(6, 7, 12, 13, 0, 1, 8, 9, 14, 15, 10, 11),
    });
    expect([...got.batchSizes]).toEqual([3, 2, 1]);
    expect([...got.sortedIndices]).toEqual([1, 2, 0]);
    expect([...got.unsortedIndices]).toEqual([2, 0, 1]);
    expectTypeOf(got.data).toEqualTypeOf<Tensor<Int32Array<ArrayBuffer>>>();
  });

  test("time-major", () => {
    const got = packed({ x, lengths: [1, 3, 2] }, { batchFirst: false });
    expect([...got.data.data]).toEqual([2, 3, 4, 5, 0, 1, 8, 9, 10, 11, 14, 15]);
  });

  test("refuses lengths that are not x's", () => {
    expect(() => packed({ x, lengths: [1, 4, 2] })).toThrow(
      new ShapeError("packed: lengths are 1,4,2; they must be 3 integers from 0 to 3, as pad gives them."),
    );
    expect(() => packed({ x, lengths: [1, 2] })).toThrow("packed: lengths are 1,2; they must be 3 integers");
    expect(() => packed({ x, lengths: [1, 2, 0.5] })).toThrow("lengths are 1,2,0.5");
  });
});

describe("unpacked", () => {
  const data = { shape: [3], data: Float64Array.of(1, 3, 2) };

  test("PyTorch's arrays without an order are of sequences that came longest first", () => {
    const { x, lengths } = unpacked({ data, batchSizes: [2, 1] });
    expect(x).toEqual({ shape: [2, 2], data: Float64Array.of(1, 2, 3, 0) });
    expect(lengths).toEqual(Int32Array.of(2, 1));
  });

  test("as long as one wants", () => {
    const { x } = unpacked({ data, batchSizes: [2, 1] }, { totalLength: 3, batchFirst: false });
    expect(x).toEqual({ shape: [3, 2], data: Float64Array.of(1, 3, 2, 0, 0, 0) });
  });

  test.each([
    ["steps that are not there", { data, batchSizes: [2, 2] }],
    ["batches that grow", { data, batchSizes: [1, 2] }],
    ["a batch of nothing", { data, batchSizes: [3, 0] }],
    ["an order that has one twice", { data, batchSizes: [2, 1], sortedIndices: [0, 0] }],
    ["an order of others", { data, batchSizes: [2, 1], sortedIndices: [0, 2] }],
    ["an order of fewer", { data, batchSizes: [2, 1], sortedIndices: [0] }],
  ])("refuses %s", (_, arrays) => {
    expect(() => unpacked(arrays)).toThrow(ShapeError);
    expect(() => unpacked(arrays)).toThrow("they must be a PackedSequence's");
  });

  test("refuses to cut", () => {
    expect(() => unpacked({ data, batchSizes: [2, 1] }, { totalLength: 1 })).toThrow(
      "in all 1; they must be",
    );
  });
});

test("there and back is the same, whatever the lengths, zero among them", () => {
  const sequences = fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(7), { minLength: 1, maxLength: 9 }))
    .map(([size, lengths]) => ({
      size,
      all: lengths.map((length, b) =>
        Float32Array.from({ length: length * size }, (_, k) => 1 + 100 * b + k),
      ),
    }));
  fc.assert(
    fc.property(sequences, fc.nat(3), fc.boolean(), ({ size, all }, more, batchFirst) => {
      const batch = pad(all, { size });
      const T = batch.x.shape[1];
      const p = packed(batch);
      // nothing but what was there, and longest first
      expect([...p.data.data].sort((a, b) => a - b)).toEqual(
        all.flatMap((one) => [...one]).sort((a, b) => a - b),
      );
      expect(p.sortedIndices.every((b, k) => p.unsortedIndices[b] === k)).toBe(true);
      expect(unpacked(p)).toEqual(batch);
      const o = { batchFirst, totalLength: T + more };
      const again = packed(unpacked(p, o), o);
      expect(again).toEqual(p);
    }),
    { seed: 6, numRuns: 300 },
  );
});
