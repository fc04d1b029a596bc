// What a trainer makes of its gradients, on the CPU; and what is refused.

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
  WeightsError,
} from "../../src/index.js";
import { type AnyTrainer, calls, textBatches } from "../agree_check.js";
import { updateSuite } from "../update_check.js";

const float32 = cpu();
const float64 = cpu({ precision: "float64" });
describe("float32", () => updateSuite(() => float32));
describe("float64", () => updateSuite(() => float64));

const V = 7;
const sizes = { batchSize: 3, sequenceLength: 4 };
const net = sequential({ embed: embedding(V, 4), rnn: lstm(4, 5), head: linear(5, V) });
const options = { ...sizes, loss: crossEntropy(), optimizer: adam() };
const [batch] = textBatches(1, { ...sizes, V });
const open = (o: object): Promise<AnyTrainer> => calls(float32).trainer(net, { ...options, ...o });

describe("refused", () => {
  const weights = [...net.shapes.keys()].join(", ");
  test.each([
    [
      { freeze: ["rnn", "encoder"] },
      `trainer: freeze: there is no layer or weight "encoder", only ${weights}; name one of these.`,
    ],
    [
      { freeze: ["hea"] },
      `trainer: freeze: there is no layer or weight "hea", only ${weights}; name one of these.`,
    ],
    [
      { groups: { "rnn.weight_hh_l1": { lr: 1 } } },
      `trainer: groups: there is no layer or weight "rnn.weight_hh_l1", only ${weights}; name one of these.`,
    ],
    [
      { freeze: ["embed", "rnn", "head"] },
      "trainer: freeze names every weight; some must be trained. Name fewer.",
    ],
    [
      { clipNorm: 1, clipLayer: 1 },
      "trainer: clipNorm and clipLayer are given; it must be one of them. Leave the others out.",
    ],
    [
      { clipNorm: 1, clipValue: 1 },
      "trainer: clipNorm and clipValue are given; it must be one of them. Leave the others out.",
    ],
    [{ accumulate: 0 }, "trainer: accumulate is 0; it must be a positive integer."],
    [{ accumulate: 1.5 }, "trainer: accumulate is 1.5; it must be a positive integer."],
    [{ cutEvery: 0 }, "trainer: cutEvery is 0; it must be a positive integer."],
    [{ optimizer: adam({ eps: Number.NaN }) }, "constant is NaN; it must be a finite float32."],
  ])("%o", async (o, message) => {
    const before = float32.bytes;
    const error = await open(o).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ShapeError);
    expect((error as Error).message).toBe(message);
    expect(float32.bytes).toBe(before);
  });

  test("a group's rate that is no number ruins nothing", async () => {
    const trainer = await open({ groups: { rnn: { lr: (n: number) => (n === 1 ? Number.NaN : 0.1) } } });
    await trainer.step(batch);
    const saved = await trainer.save();
    await expect(trainer.step(batch)).rejects.toThrow(
      "trainer.step: groups.rnn.lr at update 1 is NaN; it must be a finite number, at least 0.",
    );
    expect(await trainer.save()).toEqual(saved);
  });

  test("a checkpoint of other frozen weights, with both sides named", async () => {
    const trainer = await open({ freeze: ["embed"] });
    await trainer.step(batch);
    const resume = await trainer.save();
    const file = readSafetensors(resume);
    expect(file.has("embed.weight")).toBe(true);
    expect(file.has("~m/embed.weight")).toBe(false);
    expect(file.has("~m/head.weight")).toBe(true);
    const error = await open({ resume }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WeightsError);
    expect((error as Error).message).toMatch(
      "resume: the file has weight embed.weight [7, 4] frozen; this trainer has weight embed.weight [7, 4]. ",
    );
    await expect(open({ resume, freeze: ["embed", "head.bias"] })).rejects.toThrow("head.bias [7] frozen");
  });
});

test("of groups that name a weight the longest holds; a frozen one is not trained, whatever its group", async () => {
  const still = { lr: 0 };
  const trainer = await open({
    optimizer: sgd({ lr: 0 }),
    groups: { rnn: { lr: 1 }, "rnn.bias_hh_l0": still, "rnn.bias_ih_l0": { lr: 1 }, head: {} },
    freeze: ["rnn.weight_hh_l0"],
  });
  const before = await trainer.weights();
  await trainer.step(batch);
  const after = await trainer.weights();
  const moved = [...after].filter(([name, { data }]) => String(data) !== String(before.get(name)?.data));
  expect(moved.map(([name]) => name)).toEqual(["rnn.weight_ih_l0", "rnn.bias_ih_l0"]);
});
