// What a trainer must do on any backend: the same tests run on the CPU in node and on WebGPU in a browser.

import { expect, test } from "vitest";
import {
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
  rnn,
  sequential,
  sgd,
  squaredError,
} from "../src/index.js";
import {
  type AnyTrainer,
  calls,
  deviation,
  difference,
  floats,
  textBatches,
  tokens,
  train,
} from "./agree_check.js";
import type { AnyBackend } from "./goldens_check.js";

const V = 11;
const sizes = { batchSize: 4, sequenceLength: 6 };
const text = (count: number) => textBatches(count, { ...sizes, V });

/** Networks of text, each with dropout where it can have some. */
export const writers: readonly { readonly name: string; readonly net: Model }[] = [
  { name: "lstm", rnn: lstm(8, 12, { numLayers: 2, dropout: 0.2 }) },
  { name: "gru", rnn: gru(8, 12, { numLayers: 2, dropout: 0.2 }) },
  { name: "rnn", rnn: rnn(8, 12, { numLayers: 2, dropout: 0.2 }) },
  { name: "bidirectional lstm", rnn: lstm(8, 6, { numLayers: 2, dropout: 0.2, bidirectional: true }) },
].map(({ name, rnn: layer }) => ({
  name,
  net: sequential({ embed: embedding(V, 8), rnn: layer as Model<{ x: Float32Array }>, head: linear(12, V) }),
}));

const writer = writers[0].net;
const usual = {
  ...sizes,
  loss: crossEntropy(),
  optimizer: adam({ lr: 0.01 }),
  clipNorm: 1,
  stateful: true,
  seed: 1,
};

/** The first 20 losses of a network, trained with dropout, clipping and carried state. */
export function firstLosses(backend: AnyBackend, net: Model): ReturnType<typeof train> {
  return train(backend, net, usual, text(20));
}

export function trainingSuite(backend: () => AnyBackend): void {
  const open = (net: Model, o: object): Promise<AnyTrainer> => calls(backend()).trainer(net, o);
  const gradientsOf = (net: Model, weights: object, inputs: object, loss: object) =>
    calls(backend()).gradients(net, { weights, inputs, loss });

  test.each(writers)("$name: trained twice gives the same bits", async ({ net }) => {
    const [first, second] = [await firstLosses(backend(), net), await firstLosses(backend(), net)];
    expect(second).toEqual(first);
    const other = await train(backend(), net, { ...usual, seed: 2 }, text(2));
    expect(other.losses[0]).not.toBe(first.losses[0]);
  });

  test.each([
    { name: "adam, stateful", more: {} },
    { name: "adamw", more: { stateful: false, optimizer: adamw({ lr: (n: number) => 0.01 / (n + 1) }) } },
    { name: "sgd with momentum, stateful", more: { optimizer: sgd({ lr: 0.1, momentum: 0.9 }) } },
    { name: "sgd", more: { optimizer: sgd({ lr: 0.1 }), clipNorm: undefined } },
    { name: "two directions, stateful", more: {}, net: writers[3].net },
  ])(
    "a resumed run gives the bits of one that was not interrupted: $name",
    async ({ more, net = writer }) => {
      const options = { ...usual, ...more };
      const batches = text(7);
      const whole = await open(net, options);
      for (const batch of batches) await whole.step(batch);
      const { losses, gradNorms } = await whole.metrics();

      const begun = await open(net, options);
      for (const batch of batches.slice(0, 4)) await begun.step(batch);
      const bytes = await begun.save();
      begun.dispose();
      const { seed: _, ...rest } = options;
      const resumed = await open(net, { ...rest, resume: bytes });
      expect(resumed.updates).toBe(4);
      expect(await resumed.save()).toEqual(bytes);
      for (const batch of batches.slice(4)) await resumed.step(batch);
      const after = await resumed.metrics();
      expect(after).toEqual({ losses: losses.slice(4), gradNorms: gradNorms.slice(4), skipped: 0 });
      expect(await resumed.save()).toEqual(await whole.save());
      expect(await resumed.weights()).toEqual(await whole.weights());
      expect(await resumed.state.read()).toEqual(await whole.state.read());
    },
  );

  test("metrics are of every step since the last call; saving is of one update", async () => {
    const trainer = await open(writer, usual);
    const batches = text(5);
    const queued = batches.map((batch) => trainer.step(batch));
    const saved = trainer.save();
    const metrics = trainer.metrics();
    expect(trainer.updates).toBe(5);
    const last = trainer.step(batches[0]);
    expect((await metrics).losses.length).toBe(5);
    expect((await trainer.metrics()).losses.length).toBe(1);
    expect((await trainer.metrics()).losses.length).toBe(0);
    await Promise.all([...queued, last]);
    const { seed: _, ...rest } = usual;
    const twin = await open(writer, { ...rest, resume: await saved });
    await twin.step(batches[0]);
    expect(await twin.weights()).toEqual(await trainer.weights());
  });

  test("loss and norm are those of gradients(); clipping by norm keeps the direction", async () => {
    const net = sequential({ embed: embedding(V, 8), rnn: gru(8, 12), head: linear(12, V) });
    const weights = net.initialWeights({ seed: 3 });
    const [batch] = text(1);
    const { loss, weights: gradients } = await gradientsOf(net, weights, batch, crossEntropy());
    let squares = 0;
    for (const { data } of gradients.values()) for (const g of Array.from(data)) squares += g * g;
    const norm = Math.sqrt(squares);
    for (const clipNorm of [undefined, 2 * norm, norm / 3]) {
      const options = { ...sizes, loss: crossEntropy(), optimizer: sgd({ lr: 0.5 }), weights };
      const trainer = await open(net, { ...options, ...(clipNorm && { clipNorm }) });
      await trainer.step(batch);
      const { losses, gradNorms } = await trainer.metrics();
      expect(deviation(losses, [loss ?? Number.NaN])).toBeLessThanOrEqual(1e-6);
      expect(deviation(gradNorms, [norm])).toBeLessThanOrEqual(1e-6);
      const factor = Math.min(1, (clipNorm ?? Number.POSITIVE_INFINITY) / (norm + 1e-6));
      const want = [...weights].map(([name, { shape, data }]) => {
        const g = gradients.get(name)?.data ?? [];
        return [name, { shape, data: Float64Array.from(data, (w, k) => w - 0.5 * factor * g[k]) }] as const;
      });
      const off = difference(await trainer.weights(), want);
      expect(off.worst, off.where).toBeLessThanOrEqual(1e-6);
    }
  });

  test("clipping by value bounds every gradient", async () => {
    const net = rnn(3, 4);
    const weights = net.initialWeights({ seed: 3 });
    const batch = { x: floats([2, 3, 3], 1), target: floats([2, 3, 4], 2) };
    const gradients = await gradientsOf(net, weights, batch, squaredError());
    const options = { batchSize: 2, sequenceLength: 3, loss: squaredError(), weights };
    const trainer = await open(net, { ...options, optimizer: sgd({ lr: 1 }), clipValue: 0.05 });
    await trainer.step(batch);
    const clamped = (g: number): number => Math.max(-0.05, Math.min(0.05, g));
    const want = [...weights].map(([name, { shape, data }]) => {
      const g = gradients.weights.get(name)?.data ?? [];
      return [name, { shape, data: Float64Array.from(data, (w, k) => w - clamped(g[k])) }] as const;
    });
    const off = difference(await trainer.weights(), want);
    expect(off.worst, off.where).toBeLessThanOrEqual(1e-6);
    const all = [...gradients.weights.values()].flatMap(({ data }) => Array.from(data, Math.abs));
    expect(Math.max(...all)).toBeGreaterThan(0.05);
    expect(Math.min(...all)).toBeLessThan(0.05);
  });

  test("rates and bounds may be functions of the updates before", async () => {
    const asked: string[] = [];
    const rate = (name: string, value: number) => (update: number) => {
      asked.push(`${name} ${update}`);
      return value;
    };
    const batches = text(3);
    const functions = { optimizer: adam({ lr: rate("lr", 0.01) }), clipNorm: rate("clip", 1) };
    const got = await train(backend(), writer, { ...usual, ...functions }, batches);
    expect(asked).toEqual(["lr 0", "clip 0", "lr 1", "clip 1", "lr 2", "clip 2"]);
    expect(got).toEqual(await train(backend(), writer, usual, batches));
  });

  test("a trainer begins from net.initialWeights of its seed", async () => {
    const trainer = await open(writer, { ...usual, seed: 42 });
    const [got, want] = [await trainer.weights(), writer.initialWeights({ seed: 42 })];
    expect(difference(got, want)).toMatchObject({ worst: 0, count: want.size });
  });

  test("an update whose gradient is not finite is left out and counted; the rest goes on", async () => {
    const net = lstm(3, 4);
    const batch = { x: floats([2, 3, 3], 1), target: floats([2, 3, 4], 2) };
    const huge = { ...batch, target: { shape: [2, 3, 4], data: new Float64Array(24).fill(1e200) } };
    const options = { batchSize: 2, sequenceLength: 3, loss: squaredError(), optimizer: adam(), seed: 1 };
    const trainer = await open(net, { ...options, clipNorm: 1 });
    await trainer.step(batch);
    const [weights, moments] = [await trainer.weights(), await trainer.save()];
    await trainer.step(huge);
    expect(await trainer.weights()).toEqual(weights);
    const { losses, gradNorms, skipped } = await trainer.metrics();
    expect(skipped).toBe(1);
    expect([...losses, ...gradNorms].map(Number.isFinite)).toEqual([true, false, true, false]);
    await trainer.step(huge);
    await trainer.step(batch);
    const after = await trainer.metrics();
    expect(after.skipped).toBe(1);
    expect(Number.isFinite(after.losses[1])).toBe(true);
    // The same moments, one update later each: as if the number of updates had been told alone.
    const twin = await open(net, { ...withoutSeed(options), clipNorm: 1, resume: moments });
    await twin.step(huge);
    await twin.step(huge);
    await twin.step(batch);
    expect(await twin.weights()).toEqual(await trainer.weights());
    expect(trainer.updates).toBe(4);
  });

  test("a carried state that was ruined is as new after a reset", async () => {
    const net = sequential({ rnn: lstm(3, 4, { numLayers: 2, bidirectional: true }), head: linear(8, 2) });
    const batch = { x: floats([2, 3, 3], 1), target: floats([2, 3, 2], 2) };
    const wrong = { ...batch, x: { shape: [2, 3, 3], data: new Float32Array(18).fill(Number.NaN, 4, 5) } };
    const options = {
      batchSize: 2,
      sequenceLength: 3,
      stateful: true,
      loss: squaredError(),
      optimizer: adam(),
      clipNorm: 1,
      seed: 1,
    };
    const trainer = await open(net, options);
    await trainer.step(batch);
    const weights = await trainer.weights();
    await trainer.step(wrong);
    await trainer.step(batch); // its state is not finite: it is left out, too
    expect(await trainer.weights()).toEqual(weights);
    expect((await trainer.metrics()).skipped).toBe(2);
    const { seed: _, ...rest } = options;
    const twin = await open(net, { ...rest, resume: await trainer.save() });
    for (const one of [trainer, twin]) {
      one.state.reset();
      await one.step(batch);
    }
    const { skipped, losses } = await trainer.metrics();
    expect([skipped, losses.every(Number.isFinite)]).toEqual([0, true]);
    expect(await trainer.save()).toEqual(await twin.save());
  });

  test("evaluate: one batch or many, without dropout, update or the trainer's state", async () => {
    const net = writer;
    const trainer = await open(net, usual);
    const batches = text(4);
    await trainer.step(batches[0]);
    const [weights, state] = [await trainer.weights(), await trainer.state.read()];
    const one = await trainer.evaluate(batches[1]);
    const { loss } = await gradientsOf(net, weights, batches[1], crossEntropy());
    expect(deviation([one], [loss ?? Number.NaN])).toBeLessThanOrEqual(1e-6);
    const many = await trainer.evaluate(batches);
    async function* later() {
      for (const batch of batches) yield await Promise.resolve(batch);
    }
    expect(await trainer.evaluate(later())).toBe(many);
    expect(await trainer.evaluate(batches.values())).toBe(many);
    expect(await Promise.all([trainer.evaluate(batches), trainer.evaluate(batches)])).toEqual([many, many]);
    expect(await trainer.evaluate([batches[1]])).toBe(one);
    // Its state goes on from batch to batch, and begins at zero in every call.
    const session = await calls(backend()).session(net, { weights, ...sizes, stateful: true });
    const losses: number[] = [];
    for (const { x, target } of batches) losses.push(mean((await session.run({ x })).y, target.data));
    expect(deviation([many], [losses.reduce((sum, l) => sum + l) / 4])).toBeLessThanOrEqual(1e-5);
    expect(await trainer.weights()).toEqual(weights);
    expect(await trainer.state.read()).toEqual(state);
    expect(trainer.updates).toBe(1);
    expect((await trainer.metrics()).losses.length).toBe(1);
    await expect(trainer.evaluate([])).rejects.toThrow(
      "trainer.evaluate: there are no batches; give at least one.",
    );
  });

  test("a stateful trainer carries what a stateful session does; so does that of a bare layer", async () => {
    const net = gru(3, 4, { numLayers: 2 });
    const batch = { x: floats([2, 3, 3], 1), target: floats([2, 3, 4], 2) };
    const options = { batchSize: 2, sequenceLength: 3, stateful: true };
    const trainer = await open(net, { ...options, loss: squaredError(), optimizer: sgd({ lr: 0 }), seed: 1 });
    const session = await calls(backend()).session(net, { ...options, weights: trainer });
    const zero = await trainer.state.read();
    expect([...zero.keys()]).toEqual(["h"]);
    for (let n = 0; n < 2; n += 1) {
      await trainer.step(batch);
      await session.run({ x: batch.x }, []);
      expect(await trainer.state.read()).toEqual(await session.state.read());
    }
    const { losses } = await trainer.metrics();
    expect(losses[1]).not.toBe(losses[0]);
    const h0 = floats([2, 2, 4], 5);
    await trainer.step({ ...batch, h0 });
    await session.run({ x: batch.x, h0 }, []);
    expect(await trainer.state.read()).toEqual(await session.state.read());
    trainer.state.reset();
    expect(await trainer.state.read()).toEqual(zero);
    await trainer.step(batch);
    expect((await trainer.metrics()).losses[1]).toBe(losses[0]);
    const { h } = { h: await trainer.evaluate(batch) };
    expect(deviation([h], [losses[0]])).toBeLessThanOrEqual(1e-6);
  });

  test("targets that are ignored do not count; where none counts there is nothing to learn", async () => {
    const net = linear(3, 4);
    const weights = net.initialWeights({ seed: 1 });
    const x = floats([2, 3, 3], 1);
    const target = { shape: [2, 3], data: Int32Array.of(0, 3, 0, 1, 0, 2) };
    const some = await gradientsOf(net, weights, { x, target }, crossEntropy({ ignoreIndex: 0 }));
    const marked = { ...target, data: Int32Array.of(-100, 3, -100, 1, -100, 2) };
    const same = await gradientsOf(net, weights, { x, target: marked }, crossEntropy());
    expect(same).toEqual(some);
    const alone = await gradientsOf(net, weights, { x, target }, crossEntropy());
    expect(alone.loss).not.toBe(some.loss);
    const trainer = await open(net, {
      batchSize: 2,
      sequenceLength: 3,
      loss: crossEntropy({ ignoreIndex: 7 }),
      optimizer: sgd({ lr: 1 }),
      weights,
    });
    await trainer.step({ x, target: new Int32Array(6).fill(7) });
    expect(await trainer.metrics()).toEqual({
      losses: Float32Array.of(0),
      gradNorms: Float32Array.of(0),
      skipped: 0,
    });
    expect(difference(await trainer.weights(), weights).worst).toBe(0);
  });

  test("losses of several outputs add up, each with its own target", async () => {
    const net = model(
      { rnn: gru(3, 4), tag: linear(4, 5), score: linear(4, 2) },
      { x: input.features(3) },
      ({ rnn: layer, tag, score }, { x }) => {
        const { y } = layer(x);
        return { tag: tag(y), score: score(y) };
      },
    );
    const weights = net.initialWeights({ seed: 1 });
    const x = floats([2, 3, 3], 1);
    const target = { tag: tokens([2, 3], 5, 2), score: floats([2, 3, 2], 3) };
    const loss = { tag: crossEntropy(), score: squaredError() };
    const both = await gradientsOf(net, weights, { x, target }, loss);
    const tag = await gradientsOf(net, weights, { x, target: { tag: target.tag } }, { tag: loss.tag });
    const score = await gradientsOf(
      net,
      weights,
      { x, target: { score: target.score } },
      { score: loss.score },
    );
    expect(deviation([both.loss ?? 0], [(tag.loss ?? 0) + (score.loss ?? 0)])).toBeLessThanOrEqual(1e-6);
    const sum = [...tag.weights].map(([name, { shape, data }]) => {
      const more = score.weights.get(name)?.data ?? [];
      return [name, { shape, data: Float64Array.from(data, (g, k) => g + more[k]) }] as const;
    });
    expect(difference(both.weights, sum).worst).toBeLessThanOrEqual(1e-6);
    const options = { batchSize: 2, sequenceLength: 3, optimizer: sgd({ lr: 0.1 }), weights };
    const trainer = await open(net, { ...options, loss });
    await trainer.step({ x, target });
    expect(deviation((await trainer.metrics()).losses, [both.loss ?? 0])).toBeLessThanOrEqual(1e-6);
  });

  test("time-major training is the same training", async () => {
    const batches = text(3);
    const swapped = ({ shape: [B, T], data }: { shape: readonly number[]; data: Int32Array }) => ({
      shape: [T, B],
      data: Int32Array.from(data, (_, k) => data[(k % B) * T + Math.floor(k / B)]),
    });
    const other = batches.map(({ x, target }) => ({ x: swapped(x), target: swapped(target) }));
    const got = await train(backend(), writer, { ...usual, batchFirst: false }, other);
    expect(got).toEqual(await train(backend(), writer, usual, batches));
  });
}

function withoutSeed<O extends { seed: number }>({ seed: _, ...rest }: O): Omit<O, "seed"> {
  return rest;
}

/** Mean cross entropy by its definition. */
function mean(y: ArrayLike<number>, targets: Int32Array): number {
  let sum = 0;
  targets.forEach((id, m) => {
    let total = 0;
    for (let v = 0; v < V; v += 1) total += Math.exp(y[m * V + v]);
    sum += Math.log(total) - y[m * V + id];
  });
  return sum / targets.length;
}
