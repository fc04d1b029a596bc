// What a session must do on any backend: the same tests run on the CPU in node and on WebGPU in a browser.

import { expect, test } from "vitest";
import {
  adam,
  crossEntropy,
  embedding,
  gru,
  input,
  linear,
  lstm,
  type Model,
  model,
  sequential,
} from "../src/index.js";
import { type AnySession, calls, difference, floats, tokens } from "./agree_check.js";
import type { AnyBackend } from "./goldens_check.js";

const [B, T, I, H] = [3, 6, 4, 5];
const layer = lstm(I, H, { numLayers: 2 });
const weights = layer.initialWeights({ seed: 4 });
const x = floats([B, T, I], 1);

const vocabulary = 9;
const text = sequential({ embed: embedding(vocabulary, 4), rnn: gru(4, H), head: linear(H, vocabulary) });

/** Steps `from` to `to` of [B, T, F]. */
function steps(data: ArrayLike<number>, F: number, from: number, to: number): number[] {
  const ofSequence = (b: number): number[] =>
    Array.from({ length: (to - from) * F }, (_, k) => data[(b * T + from) * F + k]);
  return Array.from({ length: B }, (_, b) => ofSequence(b)).flat();
}

/** [outer, inner, F] -> [inner, outer, F] */
function swapped(data: ArrayLike<number>, outer: number, inner: number, F: number): number[] {
  return Array.from({ length: data.length }, (_, k) => {
    const [i, j, f] = [Math.floor(k / (outer * F)), Math.floor(k / F) % outer, k % F];
    return data[(j * inner + i) * F + f];
  });
}

export function sessionSuite(backend: () => AnyBackend): void {
  const open = (net: Model, o: object): Promise<AnySession> => calls(backend()).session(net, o);
  const opened = (o: object = {}): Promise<AnySession> =>
    open(layer, { weights, batchSize: B, sequenceLength: T, ...o });

  test("a stateful session in pieces gives the bits of one long run", async () => {
    const whole = await opened();
    const { y, hn, cn } = await whole.run({ x });
    const pieces = await opened({ sequenceLength: 2, stateful: true });
    for (const from of [0, 2, 4]) {
      const some = { shape: [B, 2, I], data: Float32Array.from(steps(x.data, I, from, from + 2)) };
      const got = await pieces.run({ x: some });
      expect(Array.from(got.y)).toEqual(steps(y, H, from, from + 2));
      if (from === 4) expect([got.hn, got.cn]).toEqual([hn, cn]);
    }
    const state = await pieces.state.read();
    expect([...state.keys()]).toEqual(["h", "c"]);
    expect(state.get("h")).toEqual({ shape: [2, B, H], data: hn });
    expect(state.get("c")?.data).toEqual(cn);
  });

  test("a layer that is called twice carries two states", async () => {
    const net = model(
      { rnn: gru(I, I) },
      { x: input.features(I) },
      ({ rnn }, inputs) => rnn(rnn(inputs.x).y).y,
    );
    const o = { weights: net.initialWeights({ seed: 1 }), batchSize: B };
    const { y } = await (await open(net, { ...o, sequenceLength: T })).run({ x });
    const pieces = await open(net, { ...o, sequenceLength: 3, stateful: true });
    for (const from of [0, 3]) {
      const some = { shape: [B, 3, I], data: Float32Array.from(steps(x.data, I, from, from + 3)) };
      expect(Array.from((await pieces.run({ x: some })).y)).toEqual(steps(y, I, from, from + 3));
    }
    const state = await pieces.state.read();
    expect([...state.keys()]).toEqual(["rnn.h", "rnn.h#2"]);
    expect(state.get("rnn.h#2")).not.toEqual(state.get("rnn.h"));
  });

  test("without stateful nothing is carried", async () => {
    const session = await opened();
    const first = await session.run({ x });
    expect(await session.run({ x })).toEqual(first);
    expect(await session.state.read()).toEqual(new Map());
    session.state.reset();
  });

  test("a state is read, written, reset for some sequences, and taken over from another session", async () => {
    const one = await opened({ stateful: true });
    const first = await one.run({ x });
    const kept = await one.state.read();
    one.state.write(kept); // what is read is in float32
    const second = await one.run({ x });
    expect(second.y).not.toEqual(first.y);
    one.state.write(kept);
    expect(await one.run({ x })).toEqual(second);

    const other = await opened({ stateful: true });
    one.state.write(kept);
    other.state.write(one.state);
    expect(await other.run({ x })).toEqual(second);

    one.state.write(kept);
    one.state.reset([0, 2]);
    const partly = await one.run({ x });
    const rows = (y: ArrayLike<number>, b: number) => Array.from(y).slice(b * T * H, (b + 1) * T * H);
    expect(rows(partly.y, 0)).toEqual(rows(first.y, 0));
    expect(rows(partly.y, 1)).toEqual(rows(second.y, 1));
    expect(rows(partly.y, 2)).toEqual(rows(first.y, 2));
    one.state.reset();
    expect(await one.run({ x })).toEqual(first);
  });

  test("a bare layer takes initial states; a stateful one takes them into its state", async () => {
    const [h0, c0] = [floats([2, B, H], 7), floats([2, B, H], 8)];
    const session = await opened();
    const given = await session.run({ x, h0, c0 });
    const zero = await session.run({ x });
    expect(given.y).not.toEqual(zero.y);
    const stateful = await opened({ stateful: true });
    expect(await stateful.run({ x, h0, c0 })).toEqual(given);
    const next = await stateful.run({ x });
    stateful.state.write({ h: h0, c: c0 });
    expect(await stateful.run({ x })).toEqual(given);
    expect(await session.run({ x, h0: { ...h0, data: given.hn }, c0: { ...c0, data: given.cn } })).toEqual(
      next,
    );
  });

  test("time-major sessions give the same numbers the other way round", async () => {
    const first = await (await opened()).run({ x });
    const session = await opened({ batchFirst: false });
    const got = await session.run({
      x: { shape: [T, B, I], data: Float32Array.from(swapped(x.data, B, T, I)) },
    });
    expect(swapped(got.y, T, B, H)).toEqual(Array.from(first.y));
    expect([got.hn, got.cn]).toEqual([first.hn, first.cn]);
  });

  test("outputs that are not named are not read, and [] only queues", async () => {
    const session = await opened({ stateful: true });
    const twin = await opened({ stateful: true });
    const all = await twin.run({ x });
    expect(Object.keys(all)).toEqual(["y", "hn", "cn"]);
    expect(await session.run({ x }, [])).toEqual({});
    expect(await session.run({ x }, ["cn"])).toEqual({ cn: (await twin.run({ x })).cn });
  });

  test("calls take effect in their order and copy their inputs at once; what they give is the caller's", async () => {
    const session = await opened({ stateful: true });
    const twin = await opened({ stateful: true });
    const mine = x.data.slice();
    const queued = [0, 1, 2].map(() => {
      const result = session.run({ x: mine });
      mine.fill(0);
      mine.set(x.data);
      return result;
    });
    mine.fill(9);
    session.state.reset();
    const last = session.run({ x });
    const [first, second, third] = [await twin.run({ x }), await twin.run({ x }), await twin.run({ x })];
    expect(await Promise.all(queued)).toEqual([first, second, third]);
    expect(await last).toEqual(first);
    const { y } = await last;
    (y as Float32Array).fill(7);
    twin.state.reset();
    expect((await twin.run({ x })).y).toEqual(first.y);
  });

  test("weights of a trainer are shared: live, and by several", async () => {
    const sizes = { batchSize: B, sequenceLength: T };
    const trainer = await calls(backend()).trainer(text, {
      ...sizes,
      loss: crossEntropy(),
      optimizer: adam({ lr: 0.05 }),
      seed: 3,
    });
    const one = await open(text, { weights: trainer, batchSize: 1, sequenceLength: 2 });
    const two = await open(text, { weights: one, batchSize: 1, sequenceLength: 2 });
    const before = await one.run({ x: [1, 2] });
    const batch = { x: tokens([B, T], vocabulary, 1), target: tokens([B, T], vocabulary, 2) };
    await trainer.step(batch);
    const after = await one.run({ x: [1, 2] });
    expect(after).not.toEqual(before);
    expect(await two.run({ x: [1, 2] })).toEqual(after);
    const apart = await open(text, { weights: await trainer.weights(), batchSize: 1, sequenceLength: 2 });
    expect(await apart.run({ x: [1, 2] })).toEqual(after);
    await trainer.step(batch);
    expect(await apart.run({ x: [1, 2] })).toEqual(after);
    expect(await two.run({ x: [1, 2] })).not.toEqual(after);
    const gradients = await calls(backend()).gradients(text, {
      weights: trainer,
      inputs: { x: { shape: [1, 2], data: Int32Array.of(1, 2) } },
      cotangents: {},
    });
    const { y } = await one.run({ x: [1, 2] });
    expect(
      difference(Object.entries(gradients.outputs), [["y", { shape: [1, 2, vocabulary], data: y }]]).worst,
    ).toBeLessThanOrEqual(1e-6);
    for (const owned of [two, one, trainer]) owned.dispose();
    expect((await apart.run({ x: [1, 2] })).y.length).toBe(2 * vocabulary);
  });

  test("weights of another network with layers of the same names", async () => {
    const trunk = sequential({ embed: embedding(vocabulary, 4), rnn: gru(4, H) });
    const session = await open(trunk, {
      weights: text.initialWeights({ seed: 5 }),
      batchSize: 1,
      sequenceLength: 3,
    });
    const whole = await open(text, {
      weights: text.initialWeights({ seed: 5 }),
      batchSize: 1,
      sequenceLength: 3,
    });
    const shared = await open(trunk, { weights: whole, batchSize: 1, sequenceLength: 3 });
    const { y } = await session.run({ x: [1, 2, 3] });
    expect(y.length).toBe(3 * H);
    expect(await shared.run({ x: [1, 2, 3] })).toEqual({ y });
  });

  test("memory is given back", async () => {
    const before = backend().bytes;
    const session = await opened({ stateful: true });
    expect(backend().bytes).toBeGreaterThan(before);
    session.dispose();
    session.dispose();
    expect(backend().bytes).toBe(before);
  });
}
