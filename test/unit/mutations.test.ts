// The faults that `npm run test:mutations` plants can still be planted: each text stands once in its file, and
// the tests that should notice are there.

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mutations } from "../mutations.mjs";

test.each(mutations)("$fault", ({ file, text, becomes, tests }) => {
  expect(readFileSync(file, "utf8").split(text).length - 1).toBe(1);
  expect(becomes).not.toBe(text);
  expect(tests.filter((path) => !existsSync(path))).toEqual([]);
});

test("there are at least 25, and no two of one name", () => {
  expect(mutations.length).toBeGreaterThanOrEqual(25);
  expect(new Set(mutations.map(({ fault }) => fault)).size).toBe(mutations.length);
});
