// Calls take effect in the order in which they are made, need not be awaited one by one, and copy what they
// are given.

import { expect, test } from "vitest";
import {
  adam,
  cpu,
  crossEntropy,
  embedding,
  linear,
  lstm,
  sequential,
  type Tensor,
} from "../../src/index.js";

const [V, B, T] = [7, 2, 5];
const net = sequential({ embed: embedding(V, 4), rnn: lstm(4, 6), head: linear(6, V) });
const sizes = { batchSize: B, sequenceLength: T };
const options = { ...sizes, loss: crossEntropy(), optimizer: adam({ lr: 0.5 }), seed: 3 };
const batch = (shift: number): { x: Tensor<Int32Array>; target: Tensor<Int32Array> } => {
  const data = Int32Array.from({ length: B * T }, (_, k) => (k + shift) % V);
  return { x: { shape: [B, T], data }, target: { shape: [B, T], data: data.map((id) => (id + 1) % V) } };
};

test("an evaluation is of the weights before a step that was not waited for", async () => {
  const trainer = await cpu().trainer(net, options);
  const alone = await trainer.evaluate(batch(0));
  const evaluated = trainer.evaluate(batch(0));
  const stepped = trainer.step(batch(1));
  const { losses } = await trainer.metrics();
  expect(await evaluated).toBe(alone);
  await stepped;
  expect(losses.length).toBe(1);
  expect(await trainer.evaluate(batch(0))).not.toBe(alone);
});

test("gradients of a trainer's weights come before a later step, and inputs are copied", async () => {
  const backend = cpu();
  const trainer = await backend.trainer(net, options);
  const loss = crossEntropy();
  const before = await backend.gradients(net, { weights: trainer, inputs: batch(0), loss });
  const inputs = batch(0);
  const pending = backend.gradients(net, { weights: trainer, inputs, loss });
  inputs.x.data.fill(0);
  const stepped = trainer.step(batch(1));
  expect((await pending).loss).toBe(before.loss);
  await stepped;
});

test("a step that waits for its turn copies its batch", async () => {
  const [one, other] = await Promise.all([cpu().trainer(net, options), cpu().trainer(net, options)]);
  const evaluated = one.evaluate([batch(0), batch(2)]);
  const given = batch(1);
  const stepped = one.step(given);
  given.x.data.fill(0);
  await Promise.all([evaluated, stepped]);
  await other.step(batch(1));
  expect(await one.weights()).toEqual(await other.weights());
});

test("texts generated at once are those generated one after the other", async () => {
  const weights = net.initialWeights({ seed: 5 });
  const open = () => cpu().session(net, { weights, batchSize: 1, sequenceLength: 1, stateful: true });
  const [one, other] = await Promise.all([open(), open()]);
  const ask = { maxTokens: 12, temperature: 1, seed: 2 };
  const together = await Promise.all([
    one.generate({ ...ask, prompt: [1] }),
    one.generate({ ...ask, prompt: [3] }),
    one.run({ x: [2] }),
  ]);
  const apart = [
    await other.generate({ ...ask, prompt: [1] }),
    await other.generate({ ...ask, prompt: [3] }),
    await other.run({ x: [2] }),
  ];
  expect(together).toEqual(apart);
});

test("what is built after its owner was disposed of is freed", async () => {
  const backend = cpu();
  const trainer = await backend.trainer(net, options);
  const evaluated = trainer.evaluate(batch(0));
  trainer.dispose();
  await expect(evaluated).rejects.toThrow("this trainer was disposed");
  await new Promise((done) => setTimeout(done, 20));
  expect(backend.bytes).toBe(0);
});
