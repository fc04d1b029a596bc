// Trainers on the CPU: what every trainer does, that networks learn, and the metrics' ring.

import { describe, expect, test } from "vitest";
import {
  adam,
  cpu,
  crossEntropy,
  dropout,
  input,
  linear,
  lstm,
  model,
  sequential,
  sgd,
  squaredError,
} from "../../src/index.js";
import { deviation, floats, textBatches, train } from "../agree_check.js";
import { firstLosses, trainingSuite, writers } from "../training_check.js";

const float32 = cpu();
const float64 = cpu({ precision: "float64" });
describe("float32", () => trainingSuite(() => float32));
describe("float64", () => trainingSuite(() => float64));

test.each(writers)("$name: 20 losses in float32 are those in float64", async ({ net }) => {
  const [got, want] = [await firstLosses(float32, net), await firstLosses(float64, net)];
  expect(deviation(got.losses, want.losses)).toBeLessThanOrEqual(1e-5);
  expect(want.losses.every(Number.isFinite)).toBe(true);
});

test.each(writers)("$name learns one batch by heart", async ({ net }) => {
  const [batch] = textBatches(1, { batchSize: 2, sequenceLength: 5, V: 11 });
  const options = { batchSize: 2, sequenceLength: 5, optimizer: adam({ lr: 0.02 }), seed: 1 };
  const { losses } = await train(
    float32,
    net,
    { ...options, loss: crossEntropy() },
    Array.from({ length: 150 }, () => batch),
  );
  expect(losses[0]).toBeGreaterThan(2);
  expect(losses[149]).toBeLessThan(0.5);
});

test("metrics keep the latest 4,096 steps", async () => {
  const net = linear(1, 1, { bias: false });
  const trainer = await float32.trainer(net, {
    batchSize: 1,
    sequenceLength: 1,
    loss: squaredError(),
    optimizer: sgd({ lr: 0 }),
    weights: { weight: { shape: [1, 1], data: Float32Array.of(0) } },
  });
  for (let n = 0; n < 4100; n += 1) {
    const queued = trainer.step({ x: Float32Array.of(1), target: Float32Array.of(n) });
    if (n % 1000 === 0) await queued;
  }
  const { losses, gradNorms, skipped } = await trainer.metrics();
  expect([losses.length, gradNorms.length, skipped]).toEqual([4096, 4096, 0]);
  expect([losses[0], losses[4095]]).toEqual([16, Math.fround(4099 ** 2)]);
  expect([gradNorms[0], gradNorms[4095]]).toEqual([8, 2 * 4099]);
  await trainer.step({ x: Float32Array.of(1), target: Float32Array.of(3) });
  expect((await trainer.metrics()).losses).toEqual(Float32Array.of(9));
});

test("dropout is of training alone, and drops what it says", async () => {
  const net = sequential({ rnn: lstm(3, 16, { numLayers: 2, dropout: 0.5 }), head: linear(16, 1) });
  const plain = sequential({ rnn: lstm(3, 16, { numLayers: 2 }), head: linear(16, 1) });
  const options = {
    batchSize: 2,
    sequenceLength: 3,
    loss: squaredError(),
    optimizer: sgd({ lr: 0 }),
    weights: plain.initialWeights({ seed: 1 }),
  };
  const batch = { x: floats([2, 3, 3], 1), target: floats([2, 3, 1], 2) };
  const batches = Array.from({ length: 2000 }, () => batch);
  const { losses } = await train(float64, net, options, batches);
  const [dropped, kept] = [await float64.trainer(net, options), await float64.trainer(plain, options)];
  const exact = await kept.evaluate(batch);
  expect(await dropped.evaluate(batch)).toBe(exact);
  expect(new Set(losses).size).toBeGreaterThan(1900);
  const average = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  expect(Math.abs(average - exact)).toBeLessThan(0.01);
});

test("each place drops what it draws for itself", async () => {
  // Of ones, two dropouts in a row leave a quarter, as fours: the mean of squares is 4. If both dropped the
  // same it would be 8.
  const F = 64;
  const net = sequential({ a: dropout(0.5), b: dropout(0.5), same: linear(F, F, { bias: false }) });
  const identity = Float32Array.from({ length: F * F }, (_, k) => (k % (F + 1) === 0 ? 1 : 0));
  const { losses } = await train(
    float32,
    model({ net }, { x: input.features(F) }, ({ net: inner }, { x }) => inner(x)),
    {
      batchSize: 16,
      sequenceLength: 8,
      loss: squaredError(),
      optimizer: sgd({ lr: 0 }),
      weights: { "net.same.weight": { shape: [F, F], data: identity } },
    },
    [{ x: new Float32Array(16 * 8 * F).fill(1), target: new Float32Array(16 * 8 * F) }],
  );
  expect(Math.abs(losses[0] - 4)).toBeLessThan(0.4);
});
