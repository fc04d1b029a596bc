// What the page's network reads before it writes a sample.

import { describe, expect, test } from "vitest";
import { vocabulary } from "webrnn";
import { openingOf } from "../../demo/lab/writing/windows.js";

function openingIn(text: string): string {
  const known = vocabulary(text);
  return known.decode(openingOf({ vocabulary: known, train: known.encode(text) }));
}

describe("a sample's opening", () => {
  test("ends where a line begins, whatever number of empty ones is before it", () => {
    const first = `${"a".repeat(30)}\n\n${"b".repeat(70)}.\n\n`;
    expect(openingIn(`${first}and so on`)).toBe(first.slice(-64));
  });

  test("is the beginning of a text without lines, and as much as there is of a short one", () => {
    const text = "the cat sat on the mat. ".repeat(10);
    expect(openingIn(text)).toBe(text.slice(0, 64));
    expect(openingIn("a few letters")).toBe("a few letters");
  });
});
