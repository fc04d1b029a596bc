// Naive Bayes over pairs of letters: the line that telling languages apart is measured by.

import { describe, expect, test } from "vitest";
import { naiveBayes } from "../../demo/text/naive_bayes.js";
import { latin, namesOf } from "../../demo/text/names.js";
import { readPhrasesOf } from "../../demo/text/plugin.js";
import { split } from "../../src/data/split.js";

/** As many of a name. */
const times = (n: number, text: string, label: number) => Array.from({ length: n }, () => ({ text, label }));

describe("naiveBayes", () => {
  test("tells names by their pairs", () => {
    const train = [...times(20, "abab", 0), ...times(20, "baba", 1)];
    const heldOut = [
      { text: "ab", label: 0 },
      { text: "ba", label: 1 },
    ];
    expect(naiveBayes(train, heldOut, 2).accuracy).toBe(1);
    const swapped = heldOut.map(({ text, label }) => ({ text, label: 1 - label }));
    expect(naiveBayes(train, swapped, 2).accuracy).toBe(0);
  });

  test("where pairs tell nothing, the language with more names is likely", () => {
    const train = [...times(3, "x", 0), ...times(17, "x", 1)];
    const heldOut = [...times(1, "x", 0), ...times(3, "x", 1)];
    expect(naiveBayes(train, heldOut, 2).accuracy).toBe(0.75);
  });

  test("a pair that one language never had does not rule it out, but speaks against it", () => {
    // q was only seen in 1; six pairs of a say more, two do not
    const train = [...times(20, "aaaaab", 0), ...times(20, "qa", 1)];
    expect(naiveBayes(train, [{ text: "aaaaaaq", label: 0 }], 2).accuracy).toBe(1);
    expect(naiveBayes(train, [{ text: "qaa", label: 1 }], 2).accuracy).toBe(1);
  });

  test("the smoothing is chosen by names learnt from, not by those held out", () => {
    const train = [...times(30, "ab", 0), ...times(10, "cd", 1)];
    const one = naiveBayes(train, [{ text: "zz", label: 1 }], 2);
    const other = naiveBayes(train, [{ text: "zz", label: 0 }], 2);
    expect(one.smoothing).toBe(other.smoothing);
    expect(one.accuracy + other.accuracy).toBe(1);
    expect(naiveBayes(train, [], 2).accuracy).toBe(0);
  });

  test("of 98,363 names in 20 languages it tells nearly three of four", () => {
    const names = namesOf(latin.map((code) => readPhrasesOf(code, ["languages", "territories", "scripts"])));
    expect(names).toHaveLength(98_363);
    const { train, heldOut } = split(names, { heldOut: 0.1, seed: 1 });
    const { accuracy, smoothing } = naiveBayes(train, heldOut, latin.length);
    expect([accuracy.toFixed(4), smoothing]).toEqual(["0.7425", 0.01]);
  });
});
