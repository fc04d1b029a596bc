// Names as the page's second exercise cuts them into batches.

import { describe, expect, test } from "vitest";
import { batchOf, Epochs, inOrder, probeOf } from "../../demo/lab/languages/batches.js";
import type { Item } from "../../demo/lab/languages/names.js";

/** Names of 1 to 20 letters, each of one letter that tells it from the others. */
const items: Item[] = Array.from({ length: 50 }, (_, i) => ({
  text: String(i),
  label: i % 3,
  ids: new Int32Array(1 + (i % 20)).fill(i + 1),
}));

describe("names in batches", () => {
  test("have their own lengths, zeros behind, and no more letters than are read", () => {
    const { x, lengths, target } = batchOf([items[2], items[19], items[10]], 12);
    expect(x.shape).toEqual([3, 12]);
    expect([...lengths]).toEqual([3, 12, 11]);
    expect([...target]).toEqual([2, 1, 1]);
    expect([...x.data.subarray(0, 12)]).toEqual([3, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...x.data.subarray(12, 24)]).toEqual(new Array(12).fill(20));
  });

  test("are of few different lengths", () => {
    expect(batchOf([items[0]], 32).x.shape).toEqual([1, 8]);
    expect(batchOf([items[8]], 32).x.shape).toEqual([1, 16]);
    expect(batchOf([items[19]], 20).x.shape).toEqual([1, 20]);
  });

  test("come once an epoch, in an order of its own, the same whenever an update is asked for", () => {
    const settings = { batch: 8, steps: 32, seed: 3 };
    const firstLetters = (epochs: Epochs, from: number): number[] =>
      Array.from({ length: 7 }, (_, k) => epochs.at(from + k)).flatMap(({ x, lengths }) =>
        [...lengths].map((_, b) => x.data[b * x.shape[1]]),
      );
    const epochs = new Epochs(items, settings);
    const [first, second] = [firstLetters(epochs, 0), firstLetters(epochs, 7)];
    const everyone = items.map((_, i) => i + 1);
    expect(first.toSorted((a, b) => a - b)).toEqual(everyone);
    expect(second.toSorted((a, b) => a - b)).toEqual(everyone);
    expect(second).not.toEqual(first);
    expect(firstLetters(new Epochs(items, settings), 7), "a resumed run goes on").toEqual(second);
  });

  test("to be read are sorted, and all are there", () => {
    const batches = inOrder(items, 16);
    expect(batches.map(({ length }) => length)).toEqual([16, 16, 16, 2]);
    const lengths = batches.flat().map(({ ids }) => ids.length);
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    expect(new Set(batches.flat())).toEqual(new Set(items));
  });
});

describe("probeOf", () => {
  const long = Array.from({ length: 9 }, (): Item => ({ text: "", label: 0, ids: new Int32Array(7) }));

  test("is of eight names of one length, the longest that so many have", () => {
    expect(probeOf([...long, ...items], 32)).toEqual(long.slice(0, 8));
  });

  test("is one name where no eight have one length", () => {
    expect(probeOf(items, 32)).toEqual([items[0]]);
  });
});
