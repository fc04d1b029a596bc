// Loss scaling on the CPU: that it changes nothing, how it grows, what is kept of it, and what is refused.

import { describe, expect, test } from "vitest";
import {
  adam,
  cpu,
  crossEntropy,
  embedding,
  linear,
  lstm,
  readSafetensors,
  ShapeError,
  sequential,
  sgd,
  squaredError,
} from "../../src/index.js";
import { hardware } from "../../src/plan/device_class.js";
import { calls, textBatches } from "../agree_check.js";
import { lossScaleSuite } from "../loss_scale_check.js";

const float32 = cpu();
const float64 = cpu({ precision: "float64" });
describe("float32", () => lossScaleSuite(() => float32));
describe("float64", () => lossScaleSuite(() => float64));

const sizes = { batchSize: 3, sequenceLength: 4 };
const net = sequential({ embed: embedding(7, 4), rnn: lstm(4, 5), head: linear(5, 7) });
const options = { ...sizes, loss: crossEntropy(), optimizer: adam() };
const [batch] = textBatches(1, { ...sizes, V: 7 });

describe("of one weight", () => {
  const layer = linear(1, 1, { bias: false });
  const still = { batchSize: 1, sequenceLength: 1, loss: squaredError(), optimizer: sgd({ lr: 0 }) };
  const weights = { weight: { shape: [1, 1], data: Float32Array.of(0) } };
  const of = (target: number) => ({ x: Float32Array.of(1), target: Float32Array.of(target) });
  const steps = async (trainer: { step(b: object): Promise<void> }, count: number, target = 1) => {
    for (let n = 0; n < count; n += 1) await trainer.step(of(target));
  };

  test("2,000 finite updates in a row double it; a file knows how many there have been", async () => {
    const trainer = await float32.trainer(layer, { ...still, weights, lossScale: 8 });
    const scale = async () => (await trainer.metrics()).lossScale;
    await steps(trainer, 1500);
    await steps(trainer, 1, Number.NaN);
    expect(await scale()).toBe(4);
    await steps(trainer, 1999);
    expect(await scale()).toBe(4);
    const resumed = await float32.trainer(layer, { ...still, resume: await trainer.save() });
    for (const one of [trainer, resumed]) {
      await steps(one, 1);
      expect((await one.metrics()).lossScale).toBe(8);
    }
    expect(await resumed.save()).toEqual(await trainer.save());
    await steps(trainer, 2000);
    expect(await scale()).toBe(16);
  });

  test("it is at most 2^120", async () => {
    const trainer = await float32.trainer(layer, { ...still, weights, lossScale: 2 ** 120 });
    await steps(trainer, 2000, 0);
    expect(await trainer.metrics()).toMatchObject({ skipped: 0, lossScale: 2 ** 120 });
  });
});

test("a file without it begins with the option's; one that was read in between is the same", async () => {
  const plain = await float32.trainer(net, { ...options, seed: 1 });
  await plain.step(batch);
  const resume = await plain.save();
  expect(readSafetensors(resume).has("~scale")).toBe(false);
  const trainer = await float32.trainer(net, { ...options, resume, lossScale: 32 });
  expect((await trainer.metrics()).lossScale).toBe(32);
  const file = readSafetensors(await trainer.save());
  expect(file.get("~scale")).toEqual({ shape: [2], data: Float32Array.of(32, 0) });
  // weights are what they are, whoever reads them
  expect(await float32.session(net, { ...sizes, weights: file })).toBeDefined();
});

test("no dispatch more, no submit; a copy, and the scale in memory", () => {
  for (const more of [{}, { accumulate: 3 }, { clipRecurrent: 1 }]) {
    const [without, with_] = [{}, { lossScale: 1024 }].map((o) => net.plan({ ...options, ...more, ...o }));
    const [{ memory, ...plain }, { memory: more_, ...scaled }] = [without.cost(), with_.cost()];
    expect({ ...scaled, bytes: 0 }).toEqual({ ...plain, bytes: 0 });
    expect(more_ - memory).toBe(2 * 4);
    expect(without.print()).not.toContain("scale");
    const copies = with_.print().match(/^copy +metrics\[8193\] -> run\.scale +n=1$/gm);
    expect(copies).toHaveLength("accumulate" in more ? 2 : 1);
  }
});

test("it is there unless given where arithmetic is float16, and only there", () => {
  const isScaled = (o: object): boolean =>
    net
      .plan({ ...options, ...o } as typeof options)
      .print()
      .includes("-> run.scale");
  const able = { float16: true, arithmetic: "float16" };
  expect([isScaled({}), isScaled({ float16: true }), isScaled(able)]).toEqual([false, false, true]);
  expect([isScaled({ ...able, float16: false }), isScaled({ ...able, accumulate: 2 })]).toEqual([
    false,
    true,
  ]);
  const [server] = hardware.filter(({ float16Rate }) => float16Rate > 1);
  expect(isScaled({ device: server, float16: true, storage: "float16" })).toBe(true);
});

test.each([0, 3, -2, 0.5, 2 ** 121, 2 ** 30 + 1e-6, Number.NaN, Number.POSITIVE_INFINITY, "1024"])(
  "refused: %s",
  async (lossScale) => {
    const must = "it must be a power of two from 1 to 2^120.";
    const error = new ShapeError(`trainer: lossScale is ${lossScale}; ${must}`);
    await expect(calls(float32).trainer(net, { ...options, lossScale })).rejects.toThrow(error);
    expect(() => net.plan({ ...options, lossScale: lossScale as number })).toThrow(error);
  },
);
