// Text to ids and back, by code points.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { vocabulary } from "../../src/data/vocabulary.js";
import { ShapeError } from "../../src/errors.js";

describe("vocabulary", () => {
  test("ids go by frequency, those of the same frequency by code point, and 0 is for the unseen", () => {
    const { size, symbols, encode } = vocabulary("banana🍌한한b");
    expect(symbols).toEqual(["\uFFFD", "a", "b", "n", "한", "🍌"]);
    expect(size).toBe(6);
    expect(encode("nab🍌x한")).toEqual(Int32Array.of(3, 1, 2, 5, 0, 4));
  });

  test("ties go by code point, not by UTF-16 unit: U+FF5E before U+1F34C", () => {
    expect(vocabulary("🍌～").symbols).toEqual(["\uFFFD", "～", "🍌"]);
  });

  test("what was saved of one, as JSON or a clone, gives its ids again", () => {
    const { symbols, encode, decode } = vocabulary("banana🍌한한b");
    for (const saved of [JSON.parse(JSON.stringify({ symbols })), structuredClone({ symbols })]) {
      const again = vocabulary(saved);
      expect(again.symbols).toEqual(symbols);
      expect(again.size).toBe(6);
      expect(again.encode("nab🍌x한")).toEqual(encode("nab🍌x한"));
      expect(again.decode([5, 4, 1, 0])).toBe(decode([5, 4, 1, 0]));
    }
  });

  test("counts over all texts", () => {
    expect(vocabulary(["ab", "b", "bc"]).symbols).toEqual(["\uFFFD", "b", "a", "c"]);
    expect(vocabulary(new Set(["x"])).size).toBe(2);
    expect(vocabulary("").symbols).toEqual(["\uFFFD"]);
  });

  test("a replacement character of the text is id 0 as well", () => {
    const { symbols, encode, decode } = vocabulary("a\uFFFDa");
    expect(symbols).toEqual(["\uFFFD", "a"]);
    expect(decode(encode("\uFFFDab"))).toBe("\uFFFDa\uFFFD");
  });

  test("what was seen is decoded to itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { encode, decode } = vocabulary(text);
        expect(decode(encode(text))).toBe(text);
        expect(decode([...encode(text)])).toBe(text);
      }),
    );
  });

  test("refuses ids that are none", () => {
    const { decode } = vocabulary("ab");
    const message = "vocabulary.decode: an id is 3; it must be below 3, of the vocabulary that encoded.";
    expect(() => decode([0, 3])).toThrow(new ShapeError(message));
    expect(() => decode([-1])).toThrow(ShapeError);
    expect(() => decode([0.5])).toThrow(ShapeError);
  });
});
