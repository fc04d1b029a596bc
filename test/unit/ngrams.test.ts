// The baselines that a network is measured against.

import { describe, expect, test } from "vitest";
import { ngramBits } from "../../demo/text/ngrams.js";
import { baselines } from "../bench/ngrams.js";
import { novel } from "../bench/texts.js";

describe("ngramBits", () => {
  test("a text counted by hand", () => {
    // Of 0 1 0 2, with 4 symbols. n = 1: p(1) = (1 + 3 · 1/4) / (4 + 3), p(3) = 3/4 / 7.
    // n = 2 after 0, which 1 and 2 followed once each: p(1 | 0) = (1 + 2 p(1)) / 4.
    const [unigram, bigram] = ngramBits(Int32Array.of(0, 1, 0, 2), Int32Array.of(0, 1, 3), 4, 2);
    const p = { 0: 2.75 / 7, 1: 1.75 / 7, 3: 0.75 / 7 };
    expect(unigram).toBeCloseTo(-(Math.log2(p[0]) + Math.log2(p[1]) + Math.log2(p[3])) / 3, 12);
    const after0 = (1 + 2 * p[1]) / 4;
    const after1 = (0 + 1 * p[3]) / 2;
    expect(bigram).toBeCloseTo(-(Math.log2(p[0]) + Math.log2(after0) + Math.log2(after1)) / 3, 12);
  });

  test("probabilities of all symbols after any context add up to 1", () => {
    const train = Int32Array.from({ length: 200 }, (_, k) => (k * k + (k >> 2)) % 5);
    for (const longest of [1, 2, 3]) {
      // The last symbol's probability alone, from the bits of a text with and without it.
      const context = [2, 4];
      const bitsOf = (text: readonly number[]): number =>
        (ngramBits(train, Int32Array.from(text), 6, longest).at(-1) ?? 0) * text.length;
      const sum = [0, 1, 2, 3, 4, 5].reduce(
        (total, symbol) => total + 2 ** (bitsOf(context) - bitsOf([...context, symbol])),
        0,
      );
      expect(sum).toBeCloseTo(1, 10);
    }
  });

  test("the novel's are those that the page was planned with", () => {
    expect(baselines(novel()).map((bits) => bits.toFixed(2))).toEqual([
      "4.44",
      "3.48",
      "2.83",
      "2.35",
      "2.15",
    ]);
  });
});
