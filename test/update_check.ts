// What a trainer makes of its gradients, on any backend: which weights it trains and how, and several batches an
// update. (Against PyTorch: optimizers_check.ts.)

import { expect, test } from "vitest";
import {
  adagrad,
  adam,
  adamw,
  crossEntropy,
  embedding,
  gru,
  input,
  linear,
  lstm,
  type Model,
  model,
  rmsprop,
  sequential,
  sgd,
  squaredError,
} from "../src/index.js";
import { type AnyTrainer, calls, difference, floats, learned, textBatches } from "./agree_check.js";
import type { AnyBackend } from "./goldens_check.js";

const V = 11;
const sizes = { batchSize: 4, sequenceLength: 6 };
const text = (count: number) => textBatches(count, { ...sizes, V });
const net = sequential({
  embed: embedding(V, 8),
  rnn: lstm(8, 6, { numLayers: 2, dropout: 0.2, bidirectional: true }),
  head: linear(12, V),
});
const simple: Model = sequential({
  embed: embedding(V, 8),
  rnn: gru(8, 6, { bidirectional: true }),
  head: linear(12, V),
});

const rich: Model = sequential({
  embed: embedding(V, 8),
  rnn: lstm(8, 6, { peephole: true, learnedState: true, layerNorm: true }),
  head: linear(6, V),
});

export function updateSuite(backend: () => AnyBackend): void {
  const open = (network: object, o: object): Promise<AnyTrainer> =>
    calls(backend()).trainer(network as typeof net, o);

  const isState = (name: string): boolean => /\.[hc]0_l0$/.test(name);
  test.each<readonly [string, readonly string[], Model]>([
    ["a layer", ["embed"], simple],
    ["layers from the first on", ["embed", "rnn"], simple],
    ["the last layer", ["head"], simple],
    ["one bias of two", ["rnn.bias_hh_l0"], simple],
    ["one matrix, without its bias", ["rnn.weight_hh_l0", "head.weight"], simple],
    ["a direction", ["rnn.weight_ih_l0_reverse", "rnn.weight_hh_l0_reverse", "embed"], simple],
    ["a learned state and a peephole", ["rnn.h0_l0", "rnn.peephole_f_l0"], rich],
    ["all but the states", [...rich.shapes.keys()].filter((name) => !isState(name)), rich],
  ])(
    "frozen: %s: the others are trained by their own gradients, and their norm",
    async (_, freeze, plain) => {
      const weights = plain.initialWeights({ seed: 3 });
      const [batch] = text(1);
      const loss = crossEntropy();
      const { weights: gradients } = await calls(backend()).gradients(plain, {
        weights,
        inputs: batch,
        loss,
      });
      const isFrozen = (name: string): boolean =>
        freeze.some((key) => name === key || name.startsWith(`${key}.`));
      let squares = 0;
      for (const [name, { data }] of gradients) {
        if (!isFrozen(name)) for (const g of Array.from(data)) squares += g * g;
      }
      const norm = Math.sqrt(squares);
      const options = { ...sizes, loss, optimizer: sgd({ lr: 0.5, weightDecay: 0.1 }), weights, freeze };
      const trainer = await open(plain, { ...options, clipNorm: norm / 2 });
      await trainer.step(batch);
      const { gradNorms } = await trainer.metrics();
      expect(Math.abs(gradNorms[0] - norm)).toBeLessThanOrEqual(1e-6 * norm);
      const got = await trainer.weights();
      const factor = norm / 2 / (norm + 1e-6);
      const want = [...weights].map(([name, { shape, data }]) => {
        if (isFrozen(name)) expect(Array.from(got.get(name)?.data ?? []), name).toEqual(Array.from(data));
        const g = gradients.get(name)?.data ?? [];
        const moved = Float64Array.from(data, (w, k) => w - 0.5 * (factor * g[k] + 0.1 * w));
        return [name, { shape, data: isFrozen(name) ? data : moved }] as const;
      });
      const off = difference(got, want);
      expect(off.worst, off.where).toBeLessThanOrEqual(1e-6);
    },
  );

  test.each([
    [
      "AMSGrad, frozen",
      { optimizer: adam({ lr: 0.01, amsgrad: true }), freeze: ["embed", "rnn.bias_hh_l0"] },
    ],
    [
      "RMSprop, groups with rates of their own",
      {
        optimizer: rmsprop({ lr: 0.01, centered: true, momentum: 0.5 }),
        groups: { rnn: { lr: (n: number) => 0.01 / (n + 1) }, "rnn.weight_hh_l1": { weightDecay: 0.1 } },
        clipNorm: 1,
      },
    ],
    [
      "Adagrad, clipped by layer",
      { optimizer: adagrad({ lrDecay: 0.1, initialAccumulator: 0.1 }), clipLayer: 0.1 },
    ],
    ["several batches an update", { optimizer: adamw({ lr: 0.01 }), accumulate: 2, clipNorm: 1 }],
  ])("a resumed run gives the bits of one that was not interrupted: %s", async (_, more) => {
    const options = { ...sizes, loss: crossEntropy(), stateful: true, ...more };
    const batches = text(8);
    const whole = await open(net, { ...options, seed: 1 });
    for (const batch of batches) await whole.step(batch);
    const begun = await open(net, { ...options, seed: 1 });
    for (const batch of batches.slice(0, 4)) await begun.step(batch);
    const bytes = await begun.save();
    begun.dispose();
    const resumed = await open(net, { ...options, resume: bytes });
    expect(await resumed.save()).toEqual(bytes);
    for (const batch of batches.slice(4)) await resumed.step(batch);
    expect(await resumed.save()).toEqual(await whole.save());
    const [all, after] = [await whole.metrics(), await resumed.metrics()];
    expect(after.losses).toEqual(all.losses.slice(all.losses.length / 2));
    expect(after.gradNorms).toEqual(all.gradNorms.slice(all.losses.length / 2));
    expect(resumed.updates).toBe(whole.updates);
  });

  test("three batches an update are one large batch, also where something is dropped", async () => {
    const options = {
      sequenceLength: 5,
      loss: squaredError(),
      optimizer: adam({ lr: 0.01 }),
      clipNorm: 0.5,
      seed: 4,
    };
    const dropping = lstm(3, 4, { numLayers: 2, dropout: 0.4, inputDropout: 0.2, recurrentDropout: 0.3 });
    const large = await open(dropping, { ...options, batchSize: 6 });
    const small = await open(dropping, { ...options, batchSize: 2, accumulate: 3 });
    for (let update = 0; update < 3; update += 1) {
      const batch = { x: floats([6, 5, 3], update + 1), target: floats([6, 5, 4], update + 9) };
      await large.step(batch);
      for (let k = 0; k < 3; k += 1) {
        expect(small.updates).toBe(update);
        const rows = ({ data, shape: [, T, F] }: typeof batch.x) =>
          data.slice(2 * k * T * F, 2 * (k + 1) * T * F);
        await small.step({ x: rows(batch.x), target: rows(batch.target) });
      }
    }
    const [got, want] = [await small.metrics(), await large.metrics()];
    expect([small.updates, got.losses.length, got.skipped]).toEqual([3, 3, 0]);
    got.losses.forEach((loss, k) => {
      expect(Math.abs(loss - want.losses[k])).toBeLessThanOrEqual(1e-6);
      expect(Math.abs(got.gradNorms[k] - want.gradNorms[k])).toBeLessThanOrEqual(1e-6);
    });
    const off = difference(await small.weights(), await large.weights());
    expect(off.worst, off.where).toBeLessThanOrEqual(1e-5);
    // and they drop: without, the losses are others
    const kept = await open(lstm(3, 4, { numLayers: 2 }), { ...options, batchSize: 6 });
    await kept.step({ x: floats([6, 5, 3], 1), target: floats([6, 5, 4], 9) });
    expect(Math.abs((await kept.metrics()).losses[0] - want.losses[0])).toBeGreaterThan(1e-3);
  });

  test("gradients that are cut every 3 steps are those of windows of 3, added up", async () => {
    const layer = lstm(3, 4, { numLayers: 2 });
    const [x, target] = [floats([2, 6, 3], 1), floats([2, 6, 4], 2)];
    const options = { batchSize: 2, loss: squaredError(), optimizer: sgd({ lr: 0.5 }), seed: 1 };
    const cut = await open(layer, { ...options, sequenceLength: 6, cutEvery: 3 });
    await cut.step({ x, target });
    const windows = await open(layer, { ...options, sequenceLength: 3, stateful: true, accumulate: 2 });
    const part = ({ data, shape: [B, T, F] }: typeof x, first: number) =>
      Float32Array.from({ length: (B * T * F) / 2 }, (_, k) => {
        const [b, rest] = [Math.floor(k / (3 * F)), k % (3 * F)];
        return data[(b * T + first) * F + rest];
      });
    for (const first of [0, 3]) await windows.step({ x: part(x, first), target: part(target, first) });
    const whole = await open(layer, { ...options, sequenceLength: 6 });
    await whole.step({ x, target });
    const weights = await windows.weights();
    expect(difference(await cut.weights(), weights).worst).toBeLessThanOrEqual(1e-6);
    expect(difference(await whole.weights(), weights).worst).toBeGreaterThan(1e-4);
  });

  test.each([{}, { clipRecurrent: 0.02 }])("and where the step before a cut is masked: %o", async (more) => {
    const layer = lstm(3, 4, { numLayers: 2 });
    const [x, target] = [floats([2, 6, 3], 1), floats([2, 6, 4], 2)];
    const there = [
      [1, 1, 0, 0, 1, 1],
      [1, 0, 0, 1, 0, 1],
    ];
    const options = { batchSize: 2, loss: squaredError({ reduction: "sum" }), seed: 1, ...more };
    const whole = { ...options, sequenceLength: 6, optimizer: sgd({ lr: 0.01 }) };
    const cut = await open(layer, { ...whole, cutEvery: 3 });
    await cut.step({ x, target, mask: there.flat() });
    const windows = await open(layer, {
      ...options,
      sequenceLength: 3,
      stateful: true,
      accumulate: 2,
      optimizer: sgd({ lr: 0.02 }), // of the mean of the two
    });
    for (const first of [0, 3]) {
      const part = ({ data, shape: [B, T, F] }: typeof x) =>
        Float32Array.from({ length: (B * T * F) / 2 }, (_, k) => {
          return data[(Math.floor(k / (3 * F)) * T + first) * F + (k % (3 * F))];
        });
      const mask = there.flatMap((steps) => steps.slice(first, first + 3));
      await windows.step({ x: part(x), target: part(target), mask });
    }
    const weights = await windows.weights();
    expect(difference(await cut.weights(), weights).worst).toBeLessThanOrEqual(1e-6);
  });

  test.each([
    ["groups", { groups: { rnn: { lr: 0.02 } } }],
    ["something frozen", { freeze: ["embed"] }],
    ["clipping by layer, two batches an update", { clipLayer: 0.1, accumulate: 2 }],
  ])("with %s a batch that is smaller than declared is as one of its own size", async (_, more) => {
    const options = { loss: crossEntropy(), optimizer: adam({ lr: 0.01 }), ...more };
    const smaller = { batchSize: 3, sequenceLength: 4 };
    const batches = textBatches(2, { ...smaller, V });
    const own = await open(simple, { ...smaller, ...options, seed: 1 });
    const shared = await open(simple, { ...sizes, ...options, seed: 1 });
    for (const batch of batches) {
      await own.step(batch);
      await shared.step(batch);
    }
    expect(await shared.metrics()).toEqual(await own.metrics());
    expect(await shared.weights()).toEqual(await own.weights());
  });

  test("inputs may be called as what an optimizer keeps is", async () => {
    const named = model({ a: linear(2, 2) }, { m: input.features(2) }, ({ a }, { m }) => a(m));
    const options = {
      batchSize: 2,
      loss: squaredError(),
      optimizer: adam(),
      groups: { a: { lr: 0.1 } },
      seed: 1,
    };
    const batch = { m: floats([2, 2, 2], 1), target: floats([2, 2, 2], 2) };
    const own = await open(named, { ...options, sequenceLength: 2 });
    const shared = await open(named, { ...options, sequenceLength: 5 });
    for (const one of [own, shared, own, shared]) await one.step(batch);
    expect(await shared.weights()).toEqual(await own.weights());
    expect(learned(await shared.save())).toEqual(learned(await own.save()));
  });

  test("of several batches one that is not finite leaves out the update, and nothing of it stays", async () => {
    const options = { batchSize: 2, sequenceLength: 3, loss: squaredError(), optimizer: sgd({ lr: 0.1 }) };
    const layer = linear(3, 4);
    const batch = { x: floats([2, 3, 3], 1), target: floats([2, 3, 4], 2) };
    const wrong = { ...batch, x: { shape: [2, 3, 3], data: new Float32Array(18).fill(Number.NaN) } };
    const trainer = await open(layer, { ...options, accumulate: 2, seed: 1 });
    for (const one of [batch, wrong, batch, batch]) await trainer.step(one);
    const twin = await open(layer, { ...options, seed: 1 });
    await twin.step(batch);
    const { losses, skipped } = await trainer.metrics();
    expect([skipped, losses[1]]).toEqual([1, (await twin.metrics()).losses[0]]);
    expect(difference(await trainer.weights(), await twin.weights()).worst).toBeLessThanOrEqual(1e-7);
  });

  test("between the batches of an update there is nothing to save; weights and state can be read", async () => {
    const trainer = await open(net, {
      ...sizes,
      loss: crossEntropy(),
      optimizer: adam(),
      accumulate: 3,
      stateful: true,
      seed: 1,
    });
    const weights = await trainer.weights();
    const batches = text(3);
    await trainer.step(batches[0]);
    await trainer.step(batches[1]);
    await expect(trainer.save()).rejects.toThrow(
      "trainer.save: 2 of an update's 3 batches are in; it must be none or all. " +
        "Save when trainer.updates has risen.",
    );
    expect(await trainer.weights()).toEqual(weights);
    expect((await trainer.metrics()).losses.length).toBe(0);
    await trainer.step(batches[2]);
    expect(trainer.updates).toBe(1);
    expect((await trainer.save()).length).toBeGreaterThan(0);
    expect((await trainer.metrics()).losses.length).toBe(1);
  });
}
