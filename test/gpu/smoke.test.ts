import { expect, test } from "vitest";

test("the gpu project has an adapter", async () => {
  const adapter = await navigator.gpu.requestAdapter();
  expect(adapter).not.toBeNull();
});
