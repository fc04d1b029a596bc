// The memory tasks: what they ask is what their papers ask, and a seed fixes them.

import { describe, expect, test } from "vitest";
import { adding, copyMemory, temporalOrder } from "../../src/data/tasks.js";
import { ShapeError } from "../../src/errors.js";

const sizes = { batchSize: 64, sequenceLength: 40, count: 8, seed: 1 };

describe("copyMemory", () => {
  test("the symbols, blanks, the sign, blanks; and to be told at the end: the symbols", () => {
    const [{ x, target }] = copyMemory({ ...sizes, batchSize: 1, sequenceLength: 12, length: 3, symbols: 4 });
    expect(x.shape).toEqual([1, 12]);
    expect(target.shape).toEqual([1, 12]);
    const symbols = [...x.data.subarray(0, 3)];
    expect(symbols.every((symbol) => symbol >= 1 && symbol <= 4)).toBe(true);
    expect([...x.data.subarray(3)]).toEqual([0, 0, 0, 0, 0, 5, 0, 0, 0]);
    expect([...target.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, ...symbols]);
  });

  test("every symbol comes as often as the others", () => {
    const counts = new Array<number>(9).fill(0);
    for (const { x } of copyMemory(sizes)) {
      for (let b = 0; b < 64; b += 1) {
        for (const symbol of x.data.subarray(b * 40, b * 40 + 10)) {
          counts[symbol] += 1;
        }
      }
    }
    expect(counts[0]).toBe(0);
    // 640 expected, the standard deviation is 24.
    expect(Math.max(...counts.slice(1).map((count) => Math.abs(count - 640)))).toBeLessThan(110);
  });

  test("refuses a sequence with no room for the symbols twice", () => {
    expect(() => copyMemory({ ...sizes, sequenceLength: 20 })).toThrow(
      new ShapeError("copyMemory: sequenceLength is 20; it must be an integer, at least 21."),
    );
    expect([...copyMemory({ ...sizes, sequenceLength: 21, count: 1 })]).toHaveLength(1);
  });
});

describe("adding", () => {
  test("two marks, one in either half, and their sum; to say 1 costs 1/6", () => {
    let squares = 0;
    let sequences = 0;
    for (const { x, target } of adding({ ...sizes, sequenceLength: 7, count: 40 })) {
      expect([x.shape, target.shape]).toEqual([
        [64, 7, 2],
        [64, 1],
      ]);
      for (let b = 0; b < 64; b += 1) {
        const rows = Array.from({ length: 7 }, (_, t) =>
          x.data.subarray(2 * (b * 7 + t), 2 * (b * 7 + t) + 2),
        );
        const marked = rows.filter(([, mark]) => mark === 1);
        expect(marked).toHaveLength(2);
        expect(rows.filter(([, mark]) => mark === 0)).toHaveLength(5);
        expect(rows.slice(0, 3).filter(([, mark]) => mark === 1)).toHaveLength(1);
        expect(target.data[b]).toBeCloseTo(marked[0][0] + marked[1][0], 6);
        squares += (target.data[b] - 1) ** 2;
        sequences += 1;
      }
    }
    expect(Math.abs(squares / sequences - 1 / 6)).toBeLessThan(0.015);
  });

  test("refuses one step", () => {
    expect(() => adding({ ...sizes, sequenceLength: 1 })).toThrow("it must be an integer, at least 2");
  });
});

describe("temporalOrder", () => {
  test("one sign in the second tenth, one in the sixth, and which they were", () => {
    const classes = [0, 0, 0, 0];
    for (const { x, target } of temporalOrder(sizes)) {
      expect([x.shape, target.shape]).toEqual([[64, 40], [64]]);
      for (let b = 0; b < 64; b += 1) {
        const tokens = [...x.data.subarray(b * 40, (b + 1) * 40)];
        const signs = tokens.flatMap((token, t) => (token < 2 ? [t] : []));
        expect(signs).toHaveLength(2);
        const [first, second] = signs;
        expect(first >= 4 && first < 8 && second >= 20 && second < 24).toBe(true);
        expect(target.data[b]).toBe(2 * tokens[first] + tokens[second]);
        expect(Math.max(...tokens)).toBeLessThan(6);
        classes[target.data[b]] += 1;
      }
    }
    // 128 expected, the standard deviation is 10.
    expect(Math.max(...classes.map((count) => Math.abs(count - 128)))).toBeLessThan(50);
  });

  test("refuses fewer than ten steps and no sequences", () => {
    expect(() => temporalOrder({ ...sizes, sequenceLength: 9 })).toThrow("at least 10");
    expect([...temporalOrder({ ...sizes, sequenceLength: 10, count: 1 })]).toHaveLength(1);
    expect(() => temporalOrder({ ...sizes, batchSize: 0 })).toThrow("temporalOrder: batchSize is 0");
  });
});

test("the same seed gives the same batches, again and again, and another seed others", () => {
  for (const task of [copyMemory, adding, temporalOrder]) {
    const batches = task(sizes);
    const once = [...batches];
    expect(once).toHaveLength(8);
    expect([...batches]).toEqual(once);
    expect([...task({ ...sizes, count: 2 })]).toEqual(once.slice(0, 2));
    expect(once[1]).not.toEqual(once[0]);
    expect([...task({ ...sizes, seed: 2 })][0]).not.toEqual(once[0]);
  }
});
