import { expect, test } from "vitest";

test("the unit project runs", () => {
  expect(1 + 1).toBe(2);
});
