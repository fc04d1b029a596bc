// Items of like length in one batch: every item once an epoch, little padding, another order each time.

import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { bucket } from "../../src/data/bucket.js";
import { ShapeError } from "../../src/errors.js";
import { Random } from "../../src/random.js";

/** 1,000 names, as many as four pools of 100 batches of 2 hold and more: their lengths vary from 1 to 40. */
const random = new Random(3);
const names = Array.from({ length: 1_000 }, (_, k) => ({ id: k, text: "x".repeat(1 + random.below(40)) }));
const options = { batchSize: 8, length: ({ text }: { text: string }) => text.length, seed: 1 };

test("every item once an epoch, in full batches but one", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(20), { maxLength: 300 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer(),
      (lengths, batchSize, seed) => {
        const items = lengths.map((length, id) => ({ id, length }));
        const batches = bucket(items, { batchSize, seed });
        for (const epoch of [[...batches], [...batches]]) {
          expect(epoch.flat().sort((a, b) => a.id - b.id)).toEqual(items);
          const sizes = epoch.map((batch) => batch.length).sort((a, b) => b - a);
          expect(sizes.slice(0, -1).every((size) => size === batchSize)).toBe(true);
          expect(sizes.length).toBe(Math.ceil(items.length / batchSize));
        }
      },
    ),
    { seed: 6, numRuns: 200 },
  );
});

test("batches need little padding, and do not come by length", () => {
  const batches = [...bucket(names, options)];
  const longest = batches.map((batch) => Math.max(...batch.map(({ text }) => text.length)));
  const padded = longest.reduce((sum, length) => sum + length * options.batchSize, 0);
  const steps = names.reduce((sum, { text }) => sum + text.length, 0);
  expect(padded / steps).toBeLessThan(1.03);
  const atRandom = names.map((_, k) => names[(k * 37) % 1_000].text.length);
  const unsorted = Array.from({ length: 125 }, (_, k) => 8 * Math.max(...atRandom.slice(8 * k, 8 * k + 8)));
  expect(unsorted.reduce((sum, length) => sum + length, 0) / steps).toBeGreaterThan(1.5);
  expect(longest).not.toEqual([...longest].sort((a, b) => a - b));
});

describe("each epoch has an order of its own", () => {
  test("the same for the same seed, another for another", () => {
    const batches = bucket(names, options);
    const [first, second] = [[...batches], [...batches]];
    expect(second).not.toEqual(first);
    const again = bucket(names, options);
    expect([...again]).toEqual(first);
    expect([...again]).toEqual(second);
    expect([...bucket(names, { ...options, seed: 2 })]).not.toEqual(first);
  });

  test("from an epoch on, as where training is resumed", () => {
    const batches = bucket(names, options);
    const [, second] = [[...batches], [...batches]];
    expect([...bucket(names, { ...options, epoch: 1 })]).toEqual(second);
  });

  test("items change their neighbours", () => {
    const batches = bucket(names, { ...options, batchSize: 2 });
    const pairs = (epoch: Iterable<typeof names>) =>
      new Set(
        [...epoch].map((batch) =>
          batch
            .map(({ id }) => id)
            .sort()
            .join(" "),
        ),
      );
    const [first, second] = [pairs(batches), pairs(batches)];
    expect([...second].filter((pair) => first.has(pair)).length).toBeLessThan(100);
  });
});

test("items with a length of their own need no function, others do; nothing is changed", () => {
  const items = Object.freeze([Int32Array.of(1, 2), Int32Array.of(3)]);
  expectTypeOf(bucket(items, { batchSize: 1, seed: 1 })).toEqualTypeOf<Iterable<Int32Array<ArrayBuffer>[]>>();
  expect([...bucket(["a", "bb", "c"], { batchSize: 2, seed: 1 })].flat()).toHaveLength(3);
  expect([...bucket([], { batchSize: 2, seed: 1 })]).toEqual([]);
  // @ts-expect-error a number has no length
  expect(() => [...bucket([1, 2], { batchSize: 2, seed: 1 })]).not.toThrow();
});

test("refuses what is no batch and no seed", () => {
  expect(() => bucket(["a"], { batchSize: 0, seed: 1 })).toThrow(
    new ShapeError("bucket: batchSize is 0; it must be a positive integer."),
  );
  expect(() => bucket(["a"], { batchSize: 1, seed: 0.5 })).toThrow("bucket: the seed is 0.5");
});
