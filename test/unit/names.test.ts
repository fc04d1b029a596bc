// Names in many languages, as the page's second exercise reads them.

import { describe, expect, test } from "vitest";
import { latin, namesOf } from "../../demo/text/names.js";
import { readLanguages, readPhrases } from "../../demo/text/plugin.js";

describe("namesOf", () => {
  test("is of lower case, once each, and without what two languages share", () => {
    expect(namesOf([["Cat", "cat", "Taxi"], ["Katze", "TAXI"], ["chat"]])).toEqual([
      { text: "cat", label: 0 },
      { text: "katze", label: 1 },
      { text: "chat", label: 2 },
    ]);
  });

  test("has thousands of names in every language that is offered", () => {
    const offered = new Set(readLanguages().map(({ code }) => code));
    expect(latin.filter((code) => !offered.has(code))).toEqual([]);
    const counts = latin.map(() => 0);
    for (const { label } of namesOf(latin.map(readPhrases))) {
      counts[label] += 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(3_000);
  });
});
