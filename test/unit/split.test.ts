// The parting of items into those learnt from and those held out.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { split } from "../../src/data/split.js";
import { ShapeError } from "../../src/errors.js";

const hundred = Array.from({ length: 100 }, (_, k) => k);

describe("split", () => {
  test("every item goes to one side, in its old order, and as many as asked are held out", () => {
    const items = fc.array(fc.integer(), { minLength: 2, maxLength: 200 });
    const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(items, share, fc.integer(), (all, heldOut, seed) => {
        const numbered = all.map((item, at) => ({ item, at }));
        const parts = split(numbered, { heldOut, seed });
        const both = [...parts.train, ...parts.heldOut].sort((a, b) => a.at - b.at);
        expect(both).toEqual(numbered);
        for (const part of [parts.train, parts.heldOut]) {
          expect(part.length).toBeGreaterThan(0);
          expect(part).toEqual([...part].sort((a, b) => a.at - b.at));
        }
        expect(Math.abs(parts.heldOut.length - heldOut * all.length)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("the same seed parts alike, another one otherwise", () => {
    const once = split(hundred, { heldOut: 0.1, seed: 1 });
    expect(once.heldOut).toHaveLength(10);
    expect(split(hundred, { heldOut: 0.1, seed: 1 })).toEqual(once);
    expect(split(hundred, { heldOut: 0.1, seed: 2 })).not.toEqual(once);
  });

  test("0 holds out nothing; a single item is trained on", () => {
    expect(split(hundred, { heldOut: 0, seed: 1 })).toEqual({ train: hundred, heldOut: [] });
    expect(split(["one"], { heldOut: 0.5, seed: 1 })).toEqual({ train: ["one"], heldOut: [] });
  });

  test("refuses a share that is none", () => {
    const message = "split: heldOut is 10; it must be a share, at least 0 and below 1.";
    expect(() => split(hundred, { heldOut: 10, seed: 1 })).toThrow(new ShapeError(message));
    expect(() => split(hundred, { heldOut: Number.NaN, seed: 1 })).toThrow(ShapeError);
    expect(() => split(hundred, { heldOut: 0.1, seed: 1.5 })).toThrow("the seed is 1.5");
  });
});
