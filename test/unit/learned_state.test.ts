// Learned initial states beside what else a call may begin with: states that are given, and states that are carried.

import { expect, test } from "vitest";
import { cpu, lstm, rnn, sgd, squaredError } from "../../src/index.js";
import { calls, floats } from "../agree_check.js";

const backend = cpu({ precision: "float64" });
const sizes = { batchSize: 2, sequenceLength: 3 };
const x = floats([2, 3, 2], 1);

test("a call that is given one does not train the learned one, whatever the call before did", async () => {
  const net = lstm(2, 3, { learnedState: true, bidirectional: true });
  const options = { ...sizes, loss: squaredError(), optimizer: sgd({ lr: 0.1 }), seed: 1 };
  const trainer = await calls(backend).trainer(net, options);
  const target = floats([2, 3, 6], 2);
  const read = async (name: string): Promise<number[]> =>
    Array.from((await trainer.weights()).get(name)?.data ?? []);
  const all = ["h0_l0", "h0_l0_reverse", "c0_l0", "c0_l0_reverse"];
  await trainer.step({ x, target });
  const before = await Promise.all(all.map(read));
  for (const values of before) expect(values.every((value) => value !== 0)).toBe(true);
  await trainer.step({ x, target, h0: floats([2, 2, 3], 3) });
  const after = await Promise.all(all.map(read));
  expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
  expect(after[2]).not.toEqual(before[2]);
});

test("a state that is carried leaves nothing to learn, and is refused", async () => {
  const net = rnn(2, 3, { learnedState: true });
  const weights = net.initialWeights();
  await expect(calls(backend).session(net, { ...sizes, weights, stateful: true })).rejects.toThrow(
    /learnedState says where a call begins, stateful where the last one ended.*Leave one out/,
  );
  const options = { ...sizes, loss: squaredError(), optimizer: sgd({ lr: 0.1 }), stateful: true };
  await expect(calls(backend).trainer(net, options)).rejects.toThrow(/learnedState/);
  const plain = await calls(backend).session(net, { ...sizes, weights });
  expect((await plain.run({ x })).y).toHaveLength(18);
});
