// Windows of a long text: what makes truncated back-propagation right is that each row goes on where it left
// off.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batches } from "../../src/data/batches.js";
import { ShapeError } from "../../src/errors.js";

const counting = (length: number): Int32Array => Int32Array.from({ length }, (_, k) => k);

describe("batches", () => {
  test("rows of a text of 14 ids, two sequences of three steps", () => {
    const windows = [...batches(counting(14), { batchSize: 2, sequenceLength: 3 })];
    expect(windows).toEqual([
      {
        x: { shape: [2, 3], data: Int32Array.of(0, 1, 2, 6, 7, 8) },
        target: { shape: [2, 3], data: Int32Array.of(1, 2, 3, 7, 8, 9) },
      },
      {
        x: { shape: [2, 3], data: Int32Array.of(3, 4, 5, 9, 10, 11) },
        target: { shape: [2, 3], data: Int32Array.of(4, 5, 6, 10, 11, 12) },
      },
    ]);
  });

  test("for any sizes: rows go on, targets are what follows, only the end is left out", () => {
    const sizes = { B: fc.integer({ min: 1, max: 7 }), T: fc.integer({ min: 1, max: 9 }) };
    fc.assert(
      fc.property(fc.record({ ...sizes, rest: fc.integer({ min: 0, max: 300 }) }), ({ B, T, rest }) => {
        const ids = counting(B * T + 1 + rest);
        const windows = [...batches(ids, { batchSize: B, sequenceLength: T })];
        const rows = Array.from({ length: B }, (_, b) =>
          windows.flatMap(({ x }) => [...x.data.subarray(b * T, (b + 1) * T)]),
        );
        // One row after the other is the text itself, from its beginning.
        expect(rows.flat()).toEqual([...ids.subarray(0, B * T * windows.length)]);
        expect(ids.length - 1 - rows.flat().length).toBeLessThan(B * T);
        for (const { x, target } of windows) {
          expect([...target.data]).toEqual([...x.data].map((id) => id + 1));
        }
      }),
    );
  });

  test("may be iterated again, and what it gave is the caller's own", () => {
    const ids = counting(9);
    const windows = batches(ids, { batchSize: 2, sequenceLength: 2 });
    const [first] = windows;
    first.x.data.fill(99);
    expect([...windows][0].x.data).toEqual(Int32Array.of(0, 1, 4, 5));
    expect(ids).toEqual(counting(9));
  });

  test("an epoch of the novel is 522 windows of 32 sequences of 64 steps", () => {
    const novel = new Int32Array(Math.floor(1_189_653 * 0.9));
    let count = 0;
    for (const { x } of batches(novel, { batchSize: 32, sequenceLength: 64 })) {
      count += x.shape[0] / 32;
    }
    expect(count).toBe(522);
  });

  test("a text that fills no window is refused at once, with what it would need", () => {
    expect(() => batches(counting(2048), { batchSize: 32, sequenceLength: 64 })).toThrow(
      new ShapeError(
        "batches: the text has 2048 ids; one window of 32 times 64, and the last one's target, needs 2049. " +
          "Give more text, or a smaller batchSize or sequenceLength.",
      ),
    );
    expect([...batches(counting(2049), { batchSize: 32, sequenceLength: 64 })]).toHaveLength(1);
    expect(() => batches(counting(0), { batchSize: 1, sequenceLength: 1 })).toThrow("the text has 0 ids");
  });

  test("refuses sizes that are none", () => {
    expect(() => batches(counting(9), { batchSize: 0, sequenceLength: 2 })).toThrow(
      new ShapeError("batches: batchSize is 0; it must be a positive integer."),
    );
    expect(() => batches(counting(9), { batchSize: 2, sequenceLength: 1.5 })).toThrow(
      "batches: sequenceLength is 1.5",
    );
  });
});
