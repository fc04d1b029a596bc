// Calls that bring less than was declared, on any backend: the bits are those of what is declared so small, in
// any order of sizes, over the memory of the declared ones.

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
  sgd,
  squaredError,
} from "../src/index.js";
import {
  type AnyGradients,
  type AnySession,
  type AnyTrainer,
  calls,
  difference,
  floats,
  learned,
  tokens,
} from "./agree_check.js";
import type { AnyBackend } from "./goldens_check.js";

const [B, T, I, H, V] = [3, 6, 4, 5, 9];
const stack = lstm(I, H, { numLayers: 2, bidirectional: true });
/** Initial states are wired nowhere: they are zero. */
const wired = model(
  { read: gru(I, H, { reverse: true }), both: lstm(H, H, { bidirectional: true }), head: linear(2 * H, V) },
  { x: input.features(I) },
  ({ read, both, head }, { x }) => head(both(read(x).y).y),
);
const text = sequential({
  embed: embedding(V, I),
  rnn: gru(I, H, { numLayers: 2, dropout: 0.2 }),
  head: linear(H, V),
});

/** Batch and steps of one call after the other: growing, shrinking, again. */
const sizes = [
  [3, 6],
  [3, 2],
  [1, 6],
  [3, 6],
  [2, 1],
  [3, 5],
  [1, 6],
  [3, 2],
] as const;

const declared = { batchSize: B, sequenceLength: T };
const x = (b: number, t: number, seed = 1) => floats([b, t, I], seed);
const pair = (b: number, t: number, seed: number) => ({
  x: tokens([b, t], V, seed),
  target: tokens([b, t], V, seed + 50),
});

export function sizesSuite(backend: () => AnyBackend): void {
  const session = (net: Model, o: object = {}): Promise<AnySession> =>
    calls(backend()).session(net, { weights: net.initialWeights({ seed: 4 }), ...declared, ...o });
  const trainer = (o: object = {}, net: Model = text): Promise<AnyTrainer> =>
    calls(backend()).trainer(net, {
      ...declared,
      loss: crossEntropy(),
      optimizer: adam({ lr: 0.01 }),
      clipNorm: 1,
      ...o,
    });

  test.each([
    { name: "a bare layer", net: stack },
    { name: "a model whose states begin at zero", net: wired },
  ])("a session of changing sizes: $name", async ({ net }) => {
    const one = await session(net);
    for (const [k, [batchSize, sequenceLength]] of sizes.entries()) {
      const small = await session(net, { batchSize, sequenceLength });
      const inputs = { x: x(batchSize, sequenceLength, k) };
      expect(await one.run(inputs), `${batchSize}, ${sequenceLength}`).toEqual(await small.run(inputs));
      small.dispose();
    }
    one.dispose();
  });

  test("initial states of a smaller batch, given and left out", async () => {
    const one = await session(stack);
    const states = (b: number) => ({ h0: floats([4, b, H], 7), c0: floats([4, b, H], 8) });
    for (const [b, t, given] of [
      [3, 6, true],
      [2, 4, false],
      [2, 4, true],
      [2, 4, false],
      [3, 6, false],
    ] as const) {
      const small = await session(stack, { batchSize: b, sequenceLength: t });
      const inputs = { x: x(b, t), ...(given && states(b)) };
      expect(await one.run(inputs)).toEqual(await small.run(inputs));
      small.dispose();
    }
  });

  test("a smaller batch goes on from the first sequences' state and leaves the others'", async () => {
    const one = await session(stack, { stateful: true });
    const twin = await session(stack, { stateful: true, batchSize: 2, sequenceLength: 2 });
    await one.run({ x: x(B, T) }, []);
    const before = await one.state.read();
    const firstTwo = (data: ArrayLike<number>): number[] =>
      Array.from(data).filter((_, k) => Math.floor(k / H) % B < 2);
    const lastOne = (data: ArrayLike<number>): number[] =>
      Array.from(data).filter((_, k) => Math.floor(k / H) % B === 2);
    const state = (name: string) => before.get(name)?.data ?? [];
    const part = (name: string) => ({
      shape: [4, 2, H],
      data: Float64Array.from(firstTwo(state(name))),
    });
    twin.state.write({ h: part("h"), c: part("c") } as never); // float64 is taken too
    for (let n = 0; n < 2; n += 1) {
      expect(await one.run({ x: x(2, 2, n) })).toEqual(await twin.run({ x: x(2, 2, n) }));
    }
    const [after, theirs] = [await one.state.read(), await twin.state.read()];
    for (const [name, { shape, data }] of after) {
      expect(shape).toEqual([4, B, H]);
      expect(firstTwo(data)).toEqual(Array.from(theirs.get(name)?.data ?? []));
      expect(lastOne(data)).toEqual(lastOne(state(name)));
      expect(firstTwo(data)).not.toEqual(firstTwo(state(name)));
    }
    const given = { h0: floats([4, 2, H], 7), c0: floats([4, 2, H], 8) };
    expect(await one.run({ x: x(2, 2), ...given })).toEqual(await twin.run({ x: x(2, 2), ...given }));
    expect(lastOne((await one.state.read()).get("c")?.data ?? [])).toEqual(lastOne(state("c")));
  });

  test("bare arrays are as large as the shapes beside them say", async () => {
    const one = await session(stack);
    const [h0, c0] = [floats([4, 2, H], 7), floats([4, 2, H], 8)];
    const want = await one.run({ x: x(2, 4), h0, c0 });
    expect(await one.run({ x: x(2, 4), h0: h0.data, c0: c0.data })).toEqual(want);
    expect(await one.run({ x: x(2, T).data, h0, c0: c0.data })).toEqual(
      await one.run({ x: x(2, T), h0, c0 }),
    );
  });

  test.each([
    { name: "a bare layer", net: stack as Model },
    {
      name: "layers whose states begin at zero",
      net: sequential({
        read: gru(I, H, { reverse: true }),
        both: lstm(H, H, { bidirectional: true }),
      }) as Model,
    },
  ])("lengths and masks, given and left out, of changing sizes: $name", async ({ net }) => {
    const one = await session(net);
    const lengths = (b: number, k: number, t: number) =>
      Int32Array.from({ length: b }, (_, n) => (5 * n + 7 * k) % (t + 1));
    const mask = (b: number, t: number, k: number) => ({
      shape: [b, t],
      data: Int32Array.from({ length: b * t }, (_, n) => Number((n + k) % 3 > 0)),
    });
    for (const [k, [b, t]] of [...sizes, ...sizes].entries()) {
      const given = [
        { lengths: lengths(b, k, t) },
        {},
        { mask: mask(b, t, k) },
        { lengths: lengths(b, 2, t) },
      ][k % 4];
      const inputs = { x: x(b, t, k), ...given };
      const fresh = await session(net, { batchSize: b, sequenceLength: t });
      expect(await one.run(inputs), `call ${k}`).toEqual(await fresh.run(inputs));
      fresh.dispose();
    }
    await expect(one.run({ x: x(2, 5), lengths: [1, 6] })).rejects.toThrow(
      "session.run: lengths has 6 at 1; lengths must be from 0 to 5, the steps that there are.",
    );
    await expect(one.run({ x: x(2, 5), lengths: [1, 2, 3] })).rejects.toThrow(
      /^session.run: lengths: it is Array of 3, it must be .* of 2 for \[2\]; /,
    );
    one.dispose();
  });

  test("calls take effect in their order while plans are made", async () => {
    const one = await session(stack, { stateful: true });
    const twin = await session(stack, { stateful: true });
    const mine = x(2, 3).data.slice();
    const queued = [
      one.run({ x: x(B, T) }, []),
      one.run({ x: { shape: [2, 3, I], data: mine } }),
      one.run({ x: x(B, T, 2) }),
    ];
    one.state.reset([0]);
    const state = one.state.read();
    queued.push(one.run({ x: x(1, 2) }));
    mine.fill(9);
    const want = [await twin.run({ x: x(B, T) }, []), await twin.run({ x: x(2, 3) })];
    want.push(await twin.run({ x: x(B, T, 2) }));
    twin.state.reset([0]);
    expect(await state).toEqual(await twin.state.read());
    want.push(await twin.run({ x: x(1, 2) }));
    expect(await Promise.all(queued)).toEqual(want);
  });

  test("what is pending when its owner is disposed rejects with the reason", async () => {
    const [one, two] = [await session(stack), await trainer()];
    const pending = [
      one.run({ x: x(2, 3) }),
      one.run({ x: x(1, 3) }),
      two.step(pair(2, 3, 1)),
      two.metrics(),
    ];
    one.dispose();
    two.dispose();
    for (const [k, what] of ["session.run", "session.run", "trainer.step", "trainer.metrics"].entries()) {
      const error = await pending[k].catch((reason: unknown) => reason);
      expect(String(error)).toMatch(
        new RegExp(`^DisposedError: ${what}: this ${what.split(".")[0]} was disposed; `),
      );
    }
  });

  test("more sizes than are kept, all at once", async () => {
    const one = await session(stack, { sequenceLength: 24 });
    const all = Array.from({ length: 24 }, (_, t) => one.run({ x: x(2, t + 1, t) }));
    for (const [t, result] of all.entries()) {
      const small = await session(stack, { batchSize: 2, sequenceLength: t + 1 });
      expect(await result).toEqual(await small.run({ x: x(2, t + 1, t) }));
      small.dispose();
    }
    const { bytes } = backend();
    for (let n = 0; n < 3; n += 1) await one.run({ x: x(2, n + 1) }, []);
    for (let n = 0; n < 20; n += 1) await one.run({ x: x(1, n + 1) }, []);
    expect(Math.abs(backend().bytes - bytes)).toBeLessThan(bytes);
    one.dispose();
  });

  test.each([
    { name: "carrying no state", stateful: false },
    { name: "computing pre-activations once more", memory: "small" },
    { name: "of a network without dropout", net: wired, loss: squaredError() },
  ])(
    "a trainer of small batches learns as one declared so small: $name",
    async ({ name: _, net = text, ...o }) => {
      const big = await trainer({ ...o, seed: 3 }, net);
      const small = await trainer({ ...o, seed: 3, batchSize: 2, sequenceLength: 4 }, net);
      const batch = (seed: number) =>
        net === text ? pair(2, 4, seed) : { x: x(2, 4, seed), target: floats([2, 4, V], seed + 50) };
      for (let n = 0; n < 4; n += 1) {
        await big.step(batch(n));
        await small.step(batch(n));
      }
      expect(await big.metrics()).toEqual(await small.metrics());
      expect(learned(await big.save())).toEqual(learned(await small.save()));
      expect(await big.evaluate(batch(9))).toBe(await small.evaluate(batch(9)));
    },
  );

  test("a trainer of changing sizes learns as one that is saved and resumed for each", async () => {
    const one = await trainer({ seed: 3 });
    const steps = sizes.map(([b, t], k) => one.step(pair(b, t, k)));
    const metrics = one.metrics();
    const saved = one.save();
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    const losses: number[] = [];
    for (const [k, [batchSize, sequenceLength]] of sizes.entries()) {
      const begin = bytes ? { resume: bytes } : { seed: 3 };
      const small = await trainer({ ...begin, batchSize, sequenceLength });
      await small.step(pair(batchSize, sequenceLength, k));
      losses.push(...(await small.metrics()).losses);
      bytes = await small.save();
      small.dispose();
    }
    await Promise.all(steps);
    expect(Array.from((await metrics).losses)).toEqual(losses);
    expect(one.updates).toBe(sizes.length);
    expect(learned(await saved)).toEqual(learned(bytes));
  });

  test("an update of micro-batches of unlike sizes is of the mean of their gradients", async () => {
    const weights = wired.initialWeights({ seed: 5 });
    const o = {
      weights,
      loss: squaredError(),
      optimizer: sgd({ lr: 1 }),
      clipNorm: undefined,
      accumulate: 2,
    };
    const one = await trainer(o, wired);
    const batch = (b: number, t: number) => ({ x: x(b, t), target: floats([b, t, V], 9) });
    const batches = [batch(3, 6), batch(2, 4), batch(1, 6), batch(3, 6)];
    for (const some of batches) await one.step(some);
    const { losses } = await one.metrics();
    let now: Parameters<typeof difference>[0] = weights;
    for (const k of [0, 1]) {
      const both: AnyGradients[] = [];
      for (const inputs of batches.slice(2 * k, 2 * k + 2)) {
        both.push(await calls(backend()).gradients(wired, { weights: new Map(now), inputs, loss: o.loss }));
      }
      expect(losses[k]).toBeCloseTo(((both[0].loss ?? 0) + (both[1].loss ?? 0)) / 2, 5);
      now = [...now].map(([name, { shape, data }]) => {
        const [a, b] = both.map((each) => each.weights.get(name)?.data ?? []);
        return [name, { shape, data: Float64Array.from(data, (w, n) => w - (a[n] + b[n]) / 2) }] as const;
      });
    }
    const off = difference(await one.weights(), now);
    expect(off.worst, off.where).toBeLessThan(1e-5);
  });

  test("evaluate takes a smaller last batch", async () => {
    const one = await trainer({ seed: 3 });
    const batches = [pair(B, T, 1), pair(B, T, 2), pair(1, 4, 3)];
    const losses = [];
    for (const batch of batches) losses.push(await one.evaluate(batch));
    expect(await one.evaluate(batches)).toBe(losses.reduce((sum, loss) => sum + loss, 0) / 3);
    expect(await one.evaluate(batches)).toBe(losses.reduce((sum, loss) => sum + loss, 0) / 3);
    const small = await trainer({ seed: 3, batchSize: 1, sequenceLength: 4 });
    expect(losses[2]).toBe(await small.evaluate(batches[2]));
  });

  test("a stateful trainer takes shorter windows", async () => {
    const one = await trainer({ seed: 3, stateful: true });
    const two = await trainer({ seed: 3, stateful: true, sequenceLength: 2 });
    for (let n = 0; n < 3; n += 1) {
      await one.step(pair(B, 2, n));
      await two.step(pair(B, 2, n));
    }
    expect(learned(await one.save())).toEqual(learned(await two.save()));
    expect([...(await one.state.read()).values()].some(({ data }) => data.some((v) => v !== 0))).toBe(true);
  });

  test("time-major, as batch-first", async () => {
    const turned = <A extends { slice(): A; [n: number]: number }>({
      shape: [outer, inner],
      data,
    }: {
      shape: readonly number[];
      data: A;
    }) => {
      const to = data.slice();
      for (let k = 0; k < outer * inner; k += 1) to[(k % inner) * outer + Math.floor(k / inner)] = data[k];
      return { shape: [inner, outer], data: to };
    };
    const [one, two] = [await trainer({ seed: 3 }), await trainer({ seed: 3, batchFirst: false })];
    for (const [k, [b, t]] of sizes.entries()) {
      const { x: ids, target } = pair(b, t, k);
      await one.step({ x: ids, target });
      await two.step({ x: turned(ids), target: turned(target) });
    }
    expect(await two.metrics()).toEqual(await one.metrics());
    expect(await two.weights()).toEqual(await one.weights());
    const { x: ids, target } = pair(2, 5, 20);
    const loss = await one.evaluate({ x: ids, target });
    expect(await two.evaluate({ x: turned(ids), target: turned(target) })).toBe(loss);
  });

  test("time-major lengths and masks", async () => {
    const turned = ({ shape: [b, t, f = 1], data }: { shape: readonly number[]; data: ArrayLike<number> }) =>
      Array.from(data, (_, k) => {
        const [time, sequence] = [Math.floor(k / (b * f)), Math.floor(k / f) % b];
        return data[(sequence * t + time) * f + (k % f)];
      });
    const [one, two] = [await session(stack), await session(stack, { batchFirst: false })];
    const mask = { shape: [2, 5], data: Int32Array.of(1, 0, 1, 1, 0, 0, 1, 1, 1, 1) };
    const given = x(2, 5);
    const major = { shape: [5, 2, I], data: Float32Array.from(turned(given)) };
    const byName = await session(stack, { sequenceLength: { x: T } });
    const own = await one.run({ x: given, mask });
    expect(await byName.run({ x: given, mask })).toEqual(own);
    expect(await byName.run({ x: given, mask: mask.data })).toEqual(own);
    await expect(byName.run({ x: x(2, 6), mask })).rejects.toThrow(
      "mask: it has 5 steps; it must have 6, one for each.",
    );
    for (const [some, other] of [
      [{ lengths: [3, 0] }, { lengths: [3, 0] }],
      [{ mask }, { mask: { shape: [5, 2], data: turned(mask) } }],
    ]) {
      const want = await one.run({ x: given, ...some });
      const got = await two.run({ x: major, ...other });
      expect(Array.from(got.y)).toEqual(turned({ shape: [2, 5, 2 * H], data: want.y }));
      expect([got.hn, got.cn]).toEqual([want.hn, want.cn]);
    }
  });

  test("one sequence without an axis of sequences", async () => {
    const weights = stack.initialWeights({ seed: 4 });
    const one = await session(stack, { batchSize: 1 });
    const flat = ({ shape, data }: { shape: readonly number[]; data: Float32Array }) => ({
      shape: shape.filter((_, axis) => axis !== (shape[0] === 4 ? 1 : 0)),
      data,
    });
    const states = { h0: floats([4, 1, H], 7), c0: floats([4, 1, H], 8) };
    const whole = { x: x(1, 4), ...states };
    const unbatched = { x: flat(x(1, 4)), h0: flat(states.h0), c0: flat(states.c0) };
    expect(unbatched.x.shape).toEqual([4, I]);
    expect(unbatched.h0.shape).toEqual([4, H]);
    expect(await one.run(unbatched)).toEqual(await one.run(whole));
    const [carrying, twin] = [
      await session(stack, { batchSize: 1, stateful: true }),
      await session(stack, { batchSize: 1, stateful: true }),
    ];
    for (const more of [true, false]) {
      const part = more ? unbatched : { x: unbatched.x };
      expect(await carrying.run(part)).toEqual(await twin.run(more ? whole : { x: whole.x }));
    }
    const cotangents = { y: floats([1, 4, 2 * H], 9), hn: floats([4, 1, H], 10) };
    const want = await calls(backend()).gradients(stack, { weights, inputs: whole, cotangents });
    for (const batchFirst of [true, false]) {
      const got = await calls(backend()).gradients(stack, {
        weights,
        inputs: unbatched,
        cotangents: { y: flat(cotangents.y), hn: flat(cotangents.hn) },
        batchFirst,
      });
      expect(got.outputs.y).toEqual({ shape: [4, 2 * H], data: want.outputs.y.data });
      expect(got.outputs.cn).toEqual({ shape: [4, H], data: want.outputs.cn.data });
      expect(got.inputs.x).toEqual({ shape: [4, I], data: want.inputs.x.data });
      expect(got.inputs.c0).toEqual({ shape: [4, H], data: want.inputs.c0.data });
      expect(difference(got.weights, want.weights).worst).toBe(0);
      expect(got.stateNorms).toEqual(want.stateNorms);
    }
    const learner = await trainer({ batchSize: 1, optimizer: sgd({ lr: 1 }), seed: 1 });
    const other = await trainer({ batchSize: 1, optimizer: sgd({ lr: 1 }), seed: 1 });
    const { x: ids, target } = pair(1, 5, 1);
    await learner.step({ x: { shape: [5], data: ids.data }, target: { shape: [5], data: target.data } });
    await other.step({ x: ids, target });
    expect(learned(await learner.save())).toEqual(learned(await other.save()));
  });

  test("generate writes in a session of many steps and sequences", async () => {
    const o = { stateful: true, weights: text.initialWeights({ seed: 6 }) };
    const one = await session(text, o);
    const small = await session(text, { ...o, batchSize: 2, sequenceLength: 1 });
    const request = { prompt: { shape: [2, 4], data: tokens([2, 4], V, 3).data }, maxTokens: 5, seed: 2 };
    const written = await one.generate(request);
    expect(written.length).toBe(10);
    expect(written).toEqual(await small.generate(request));
    const turned = await session(text, { ...o, batchFirst: false });
    expect(await turned.generate(request)).toEqual(written);
  });

  test("what is too large, too small or does not agree is refused, and nothing is changed", async () => {
    const net = model(
      { rnn: gru(I, H), other: gru(I, H) },
      { a: input.features(I), b: input.features(I) },
      ({ rnn, other }, { a, b }) => ({ y: rnn(a).y, z: other(b).y }),
    );
    const one = await session(net, { stateful: true });
    const by = await session(net, { sequenceLength: { a: 6, b: 3 } });
    const more = "Give no more.";
    const bad: readonly (readonly [AnySession, object, string])[] = [
      [
        one,
        { a: x(4, 6), b: x(4, 6) },
        `a has 4 sequences; it must have from 1 to 3, the batchSize. ${more}`,
      ],
      [
        one,
        { a: x(3, 7), b: x(3, 7) },
        `a has 7 steps; it must have from 1 to 6, the sequenceLength. ${more}`,
      ],
      [
        one,
        { a: x(0, 6), b: x(0, 6) },
        `a has 0 sequences; it must have from 1 to 3, the batchSize. ${more}`,
      ],
      [one, { a: x(2, 6), b: x(3, 6) }, "a has 2 sequences, b has 3; they must have as many. Give equals."],
      [one, { a: x(2, 5), b: x(2, 4) }, "a has 5 steps, b has 4; they must have as many. Give equals."],
      [
        by,
        { a: x(2, 5), b: x(2, 4) },
        `b has 4 steps; it must have from 1 to 3, the sequenceLength. ${more}`,
      ],
    ];
    const before = await one.state.read();
    for (const [where, inputs, message] of bad) {
      await expect(where.run(inputs)).rejects.toThrow(`session.run: ${message}`);
    }
    await expect(one.run({ a: x(2, 5), b: x(3, 6).data })).rejects.toThrow(
      "session.run: b: it is Float32Array of 72, it must be Float32Array or Float64Array of 40 for [2, 5, 4]; ",
    );
    expect(await one.state.read()).toEqual(before);
    const small = await session(net, { batchSize: 2, sequenceLength: { a: 5, b: 2 } });
    const inputs = { a: x(2, 5), b: x(2, 2, 3) };
    expect(await by.run(inputs)).toEqual(await small.run(inputs));
  });
}
