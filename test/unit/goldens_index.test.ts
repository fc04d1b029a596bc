// The fixtures themselves: every case is of a kind that a test runs, and its tensors are where it says.

import { expect, test } from "vitest";
import { allCases, cases, golden, goldenTokens, tensor, tensorsUnder } from "../fixtures/goldens.js";

const kinds = ["module", "cell", "cross_entropy", "train", "packed", "ctc", "layernorm"] as const;

test("120 cases, all of them to be run", () => {
  expect(new Set(allCases().map(({ id }) => id)).size).toBe(120);
  const count = Object.fromEntries(kinds.map((kind) => [kind, cases(kind).length]));
  expect(count).toEqual({
    module: 52,
    cell: 16,
    cross_entropy: 5,
    train: 10,
    packed: 20,
    ctc: 12,
    layernorm: 5,
  });
  expect(Object.values(count).reduce((sum, n) => sum + n, 0)).toBe(120);
});

test("every tensor that a case names is in its file", async () => {
  for (const { id, kind, file, tensors } of allCases()) {
    const stored = await golden(file);
    const missing = tensors.filter((name) => !stored.has(kind === "train" ? name : `${id}/${name}`));
    expect(missing, id).toEqual([]);
  }
});

test("tensors come by case and name, weights by prefix, tokens by themselves", async () => {
  const m03 = cases("module").find(({ id }) => id === "lstm/m03");
  if (m03 === undefined) {
    throw new Error("lstm/m03 is gone");
  }
  const x = await tensor(m03, "in/x");
  expect(x.shape).toEqual([3, 17, 5]);
  const weights = await tensorsUnder(m03, "lstm/m03/w/");
  expect([...weights.keys()].sort()).toEqual(["bias_hh_l0", "bias_ih_l0", "weight_hh_l0", "weight_ih_l0"]);
  expect(weights.get("weight_hh_l0")?.shape).toEqual([132, 33]);
  expect((await goldenTokens()).shape).toEqual([3, 18, 5]);
  await expect(tensor(m03, "in/z")).rejects.toThrow("lstm.safetensors has no lstm/m03/in/z");
});
