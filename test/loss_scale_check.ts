// What a loss scale does to training, on any backend: nothing, as long as nothing overflows. Powers of two change
// no bits but those of exponents.

import { expect, test } from "vitest";
import {
  adam,
  binaryCrossEntropy,
  crossEntropy,
  ctc,
  embedding,
  gru,
  huber,
  input,
  linear,
  lstm,
  type Model,
  model,
  readSafetensors,
  rmsprop,
  sequential,
  sgd,
  squaredError,
} from "../src/index.js";
import { type AnyTrainer, calls, floats, textBatches } from "./agree_check.js";
import type { AnyBackend } from "./goldens_check.js";

const V = 11;
const sizes = { batchSize: 4, sequenceLength: 6 };
const texts = textBatches(4, { ...sizes, V });
const writer: Model = sequential({
  embed: embedding(V, 8),
  rnn: lstm(8, 6, { numLayers: 2, dropout: 0.2, bidirectional: true }),
  head: linear(12, V),
});
const numbers = (shape: readonly number[], of = (x: number): number => x) =>
  [1, 2, 3, 4].map((k) => {
    const target = floats(shape, k + 9);
    return { x: floats([4, 6, 3], k), target: { shape, data: target.data.map(of) } };
  });
const layer: Model = gru(3, 5);
const two: Model = model(
  { rnn: lstm(3, 4), head: linear(4, 5) },
  { x: input.features(3) },
  ({ rnn, head }, { x }) => {
    const { y } = rnn(x);
    return { y, z: head(y) };
  },
);
const both = [1, 2, 3, 4].map((k) => ({
  x: floats([4, 6, 3], k),
  target: { y: floats([4, 6, 4], k + 9), z: floats([4, 6, 5], k + 19) },
}));
const labels = [1, 2, 3, 4].map((k) => ({
  x: floats([4, 6, 3], k),
  target: Int32Array.from([1, 2, 2, 3, 3, 4, 1, 2]),
  targetLengths: Int32Array.from([2, 1, 2, 0]),
}));

/** The second is smaller than what is declared. */
const unlike = [texts[0], textBatches(1, { batchSize: 2, sequenceLength: 3, V })[0], ...texts.slice(2)];

type Row = readonly [string, Model, readonly object[], object];
const text = { loss: crossEntropy(), optimizer: adam({ lr: 0.01 }) };
const rows: readonly Row[] = [
  ["Adam", writer, texts, text],
  [
    "SGD with momentum, clipNorm",
    writer,
    texts,
    { ...text, optimizer: sgd({ lr: 0.5, momentum: 0.9 }), clipNorm: 0.1 },
  ],
  ["clipValue", writer, texts, { ...text, clipValue: 0.001 }],
  ["clipLayer, stateful", writer, texts, { ...text, clipLayer: 0.05, stateful: true }],
  [
    "groups, frozen weights, RMSprop",
    writer,
    texts,
    { ...text, optimizer: rmsprop({ centered: true }), groups: { head: { lr: 0.1 } }, freeze: ["embed"] },
  ],
  ["two batches an update", writer, texts, { ...text, accumulate: 2, clipNorm: 0.1, stateful: true }],
  ["clipRecurrent, cutEvery", writer, texts, { ...text, clipRecurrent: 0.0001, cutEvery: 4 }],
  ["batches of unlike sizes", writer, unlike, { ...text, clipNorm: 0.1 }],
  ["smaller ones, two an update", writer, unlike, { ...text, accumulate: 2 }],
  ["clipRecurrent, scan", writer, texts, { ...text, clipRecurrent: 0.0001, strategy: "scan" }],
  ["a dispatch a step, less memory", writer, texts, { ...text, strategy: "step", memory: "small" }],
  [
    "label smoothing",
    writer,
    texts,
    { ...text, loss: crossEntropy({ labelSmoothing: 0.1, reduction: "sum" }) },
  ],
  ["squared errors", layer, numbers([4, 6, 5]), { ...text, loss: squaredError() }],
  ["Huber's", layer, numbers([4, 6, 5]), { ...text, loss: huber({ delta: 0.5 }) }],
  [
    "binary",
    layer,
    numbers([4, 6, 5], (x) => 1 / (1 + Math.exp(x))),
    { ...text, loss: binaryCrossEntropy() },
  ],
  ["ctc", layer, labels, { ...text, loss: ctc({ zeroInfinity: true }) }],
  ["two losses", two, both, { ...text, loss: { y: squaredError(), z: huber() } }],
];

/** One for each way in which the scale comes into a plan. */
const quick = [
  "clipLayer, stateful",
  "smaller ones, two an update",
  "clipRecurrent, cutEvery",
  "ctc",
  "two losses",
];

/** A layer of one weight: its gradient is 2 (w x - target) x. */
const single: Model = linear(1, 1, { bias: false });
const one = {
  batchSize: 1,
  sequenceLength: 1,
  loss: squaredError(),
  weights: { weight: { shape: [1, 1], data: Float32Array.of(0) } },
};
const of = (x: number, target: number) => ({ x: Float32Array.of(x), target: Float32Array.of(target) });

/** few: on a machine that takes long to make a trainer ready. */
export function lossScaleSuite(backend: () => AnyBackend, few = false): void {
  const open = (net: object, o: object): Promise<AnyTrainer> =>
    calls(backend()).trainer(net as typeof writer, o);

  /** All that there is to see of a training. */
  const trained = async (net: Model, batches: readonly object[], o: object) => {
    const trainer = await open(net, { ...sizes, seed: 1, ...o });
    for (const batch of batches) await trainer.step(batch);
    const { lossScale, ...metrics } = await trainer.metrics();
    const file = readSafetensors(await trainer.save());
    const { facts, ...ran } = file.metadata;
    trainer.dispose();
    const tensors = [...file].filter(([name]) => name !== "~scale");
    return { lossScale, learned: { metrics, facts, ran, tensors, scale: file.get("~scale")?.data } };
  };

  test.each(few ? rows.filter(([title]) => quick.includes(title)) : rows)(
    "nothing changes but the scale: %s",
    async (_, net, batches, o) => {
      const plain = await trained(net, batches, o);
      expect([plain.lossScale, plain.learned.scale, plain.learned.metrics.skipped]).toEqual([
        undefined,
        undefined,
        0,
      ]);
      expect(plain.learned.metrics.losses.every((loss) => loss > 0)).toBe(true);
      const updates = plain.learned.metrics.losses.length;
      for (const k of few ? [16] : [0, 1, 16, 40]) {
        const scaled = await trained(net, batches, { ...o, lossScale: 2 ** k });
        expect(scaled.lossScale).toBe(2 ** k);
        expect(Array.from(scaled.learned.scale ?? [])).toEqual([2 ** k, updates]);
        expect({ ...scaled.learned, scale: undefined }).toEqual(plain.learned);
      }
    },
  );

  test("it halves until gradients are finite, then they train", async () => {
    const options = { ...one, optimizer: sgd({ lr: 0.25 }), lossScale: 2 ** 120 };
    const trainer = await open(single, options);
    // gradients of -2^12: as they are squared, 2^51 of it is the most that float32 holds, 2^500 that float64 does
    const most = 51;
    const isDouble = (await trainer.weights()).get("weight")?.data instanceof Float64Array;
    const steps = isDouble ? 0 : 120 - most;
    for (let n = 0; n < steps; n += 1) await trainer.step(of(1, 2 ** 11));
    expect(await trainer.metrics()).toMatchObject({ skipped: steps, lossScale: 2 ** (120 - steps) });
    expect(Array.from((await trainer.weights()).get("weight")?.data ?? [])).toEqual([0]);
    await trainer.step(of(1, 2 ** 11));
    const { losses, gradNorms, skipped } = await trainer.metrics();
    expect([[...losses], [...gradNorms], skipped]).toEqual([[2 ** 22], [2 ** 12], 0]);
    expect(Array.from((await trainer.weights()).get("weight")?.data ?? [])).toEqual([2 ** 10]);
  });

  test("what is not finite by itself takes it to 1, and no further", async () => {
    const trainer = await open(single, { ...one, optimizer: sgd({ lr: 0.25 }), lossScale: 4 });
    for (let n = 0; n < 5; n += 1) await trainer.step(of(Number.NaN, 1));
    expect(await trainer.metrics()).toMatchObject({ skipped: 5, lossScale: 1 });
    await trainer.step(of(1, 1));
    expect(Array.from((await trainer.weights()).get("weight")?.data ?? [])).toEqual([0.5]);
  });

  test("a resumed run gives the bits of one that was not interrupted, while the scale falls", async () => {
    const options = { ...one, optimizer: adam({ lr: 0.25 }), lossScale: 2 ** 54 };
    const targets = [2 ** 11, 1, 2 ** 11, 2 ** 20, 3, 2 ** 20, 5, 6];
    const whole = await open(single, options);
    for (const target of targets) await whole.step(of(1, target));
    for (const first of [1, 4, 6]) {
      const begun = await open(single, options);
      for (const target of targets.slice(0, first)) {
        await begun.step(of(1, target));
        await begun.metrics(); // whoever looks changes nothing
      }
      const bytes = await begun.save();
      const { weights: _, lossScale, ...others } = options;
      // by what is given then: the file's is what holds
      for (const more of [{}, { lossScale }, { lossScale: 2 }]) {
        const resumed = await open(single, { ...others, ...more, resume: bytes });
        expect(await resumed.save()).toEqual(bytes);
        for (const target of targets.slice(first)) await resumed.step(of(1, target));
        expect(await resumed.save()).toEqual(await whole.save());
      }
    }
  });
}
