// Gradients as in training: with a seed, what a trainer of that seed drops in its first step is dropped.

import { expect, test } from "vitest";
import { cpu, dropout, linear, sequential, sgd, squaredError } from "../../src/index.js";
import { difference, floats } from "../agree_check.js";

const net = sequential({ wide: linear(6, 5), drop: dropout(0.5), head: linear(5, 3) });
const batch = { x: floats([2, 4, 6], 1), target: floats([2, 4, 3], 2) };
const backend = cpu({ precision: "float64" });
const weights = net.initialWeights({ seed: 3 });
const gradientsOf = (seed?: number) =>
  backend.gradients(net, {
    weights,
    inputs: batch,
    loss: squaredError(),
    ...(seed !== undefined && { seed }),
  });

test("a seed drops what a trainer of that seed drops in its first step", async () => {
  const lr = 0.5;
  const loss = squaredError();
  const sizes = { batchSize: 2, sequenceLength: 4 };
  using trainer = await backend.trainer(net, { ...sizes, loss, optimizer: sgd({ lr }), weights, seed: 11 });
  await trainer.step({ x: batch.x.data, target: batch.target.data });
  const moved = [...(await trainer.weights())].map(([name, { shape, data }]) => {
    const before = weights.get(name)?.data ?? [];
    return [name, { shape, data: data.map((after, k) => (before[k] - after) / lr) }] as const;
  });
  const got = await gradientsOf(11);
  expect(difference(got.weights, moved).worst).toBeLessThan(1e-12);
  expect((await trainer.metrics()).losses[0]).toBe(Math.fround(got.loss));
});

test("the same seed gives the same, another seed or none something else", async () => {
  const [one, again, other, none] = await Promise.all([11, 11, 12, undefined].map(gradientsOf));
  expect(again.loss).toBe(one.loss);
  expect(new Set([one.loss, other.loss, none.loss]).size).toBe(3);
  await expect(gradientsOf(0.5)).rejects.toThrow("gradients: seed: the seed is 0.5, it must be an integer");
});
