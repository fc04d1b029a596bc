// Which layers run as one, how many dispatches that takes, and that nothing else changes.

import { describe, expect, test } from "vitest";
import {
  adam,
  type Cell,
  concat,
  cpu,
  defineCell,
  dropout,
  embedding,
  gru,
  input,
  linear,
  lstm,
  type Model,
  model,
  readSafetensors,
  recurrent,
  rnn,
  squaredError,
  tanh,
} from "../../src/index.js";
import { networkOf } from "../../src/network/network.js";
import { processor } from "../../src/plan/device_class.js";
import { size } from "../../src/plan/plan.js";
import { calls, difference, floats, learned, parts, tokens, train } from "../agree_check.js";
import { apart, B, cases, checkJoined, cpuAs, oneCore, planOf, T } from "../joined_check.js";

const groupsOf = (net: Model): string[] =>
  networkOf(net).trace.groups.map((group) => group.map(({ name }) => name).join(" "));

describe.each(Object.entries(cases))("%s", (_, one) => {
  test("run as one", () => {
    expect(groupsOf(one.net())).toEqual(one.groups);
  });

  test.each(["scan", "step"] as const)("by a %s: the same bits", async (strategy) => {
    await checkJoined(cpuAs(oneCore), one, { strategy });
  });

  test("each by itself, as weights lie for them all: the same bits", async () => {
    const [net, alone] = [one.net(), apart(one.net())];
    const request = { weights: net.initialWeights(), inputs: one.inputs, cotangents: {} };
    const { outputs } = await calls(cpu()).gradients(alone, request);
    const cotangents = Object.fromEntries(
      Object.entries(outputs).map(([name, { shape }], k) => [name, floats(shape, 31 + k)]),
    );
    const [got, want] = [
      await calls(cpu()).gradients(net, { ...request, cotangents }),
      await calls(cpu()).gradients(alone, { ...request, cotangents }),
    ];
    for (const part of ["forward", "backward"] as const) {
      expect(difference(parts(got)[part], parts(want)[part]).worst).toBe(0);
    }
  });
});

type Net = Model<{ x: Float32Array }>;
/** Recurrent ones, as they are called. */
type Layers = Record<"a" | "b" | "c" | "d", (x: object, more?: object) => { y: object }>;

/** Two layers over one input. */
function over(a: Net, b: Net): Model {
  const wire = (layers: Layers, { x }: { x: object }) => ({ left: layers.a(x).y, right: layers.b(x).y });
  return model({ a, b }, { x: input.features(4) }, wire as never) as Model;
}

const mine = (): Cell =>
  defineCell({
    name: "mine",
    gates: { n: "sum" },
    state: ["h"],
    step: ({ n }, { h }) => ({ h: h.add(tanh(n)) }),
  });
const [one, other] = [mine(), mine()];
const ofCell = (cell: Cell): Net => recurrent(cell, 4, 6) as Net;
const of = (o: object = {}): Net => lstm(4, 6, o) as Net;

describe("what runs as one", () => {
  test.each<[string, Net, Net, string[]]>([
    ["layers that are alike", of(), of(), ["a. b."]],
    ["of a cell of one's own", ofCell(one), ofCell(one), ["a. b."]],
    ["not of two cells of one name", ofCell(one), ofCell(other), []],
    ["not another cell", of(), gru(4, 6) as Net, []],
    ["not another size", of(), lstm(4, 5) as Net, []],
    ["not another number of layers", of(), of({ numLayers: 2 }), []],
    ["not without biases", of(), of({ bias: false }), []],
    ["not with learned states", of(), of({ learnedState: true }), []],
    ["not with other masked steps", of(), of({ masked: "zero" }), []],
    ["not in both directions", of({ bidirectional: true }), of({ bidirectional: true }), []],
    ["not of several parameters", of({ peephole: true }), of({ peephole: true }), []],
    ["not with anything drawn", of({ recurrentDropout: 0.1 }), of({ recurrentDropout: 0.1 }), []],
  ])("%s", (_, a, b, groups) => {
    expect(groupsOf(over(a, b))).toEqual(groups);
  });
});

/** Of layers a, b, c, d that are alike, by what is wired. */
type Wire = (layers: Layers, inputs: { x: object; z: object; m: object; n: object }) => object;
const wired = (wire: Wire): Model => {
  const layer = () => lstm(4, 4);
  const layers = { a: layer(), b: layer(), c: layer(), d: layer() };
  const inputs = {
    x: input.features(4),
    z: input.features(4),
    m: input.lengths(),
    n: input.lengths(),
  };
  return model(layers, inputs, wire as never) as Model;
};

describe("how it is wired", () => {
  test.each<[string, string[], Wire]>([
    ["several inputs", ["a. b."], ({ a, b }, { x, z }) => ({ a: a(x).y, b: b(z).y })],
    ["one feeds another", [], ({ a, b }, { x }) => b(a(x).y).y],
    ["one layer twice", [], ({ a }, { x, z }) => ({ a: a(x).y, b: a(z).y })],
    ["one of them twice", [], ({ a, b }, { x, z }) => ({ a: a(x).y, b: a(z).y, c: b(x).y })],
    [
      "two that feed two",
      ["a. c.", "b. d."],
      ({ a, b, c, d }, { x, z }) => ({ p: b(a(x).y).y, q: d(c(z).y).y }),
    ],
    [
      "the same lengths",
      ["a. b."],
      ({ a, b }, { x, m }) => ({ a: a(x, { lengths: m }).y, b: b(x, { lengths: m }).y }),
    ],
    ["lengths and none", [], ({ a, b }, { x, m }) => ({ a: a(x, { lengths: m }).y, b: b(x).y })],
    [
      "other lengths",
      [],
      ({ a, b }, { x, m, n }) => ({ a: a(x, { lengths: m }).y, b: b(x, { lengths: n }).y }),
    ],
  ])("%s", (_, groups, wire) => {
    expect(groupsOf(wired(wire))).toEqual(groups);
  });

  test("two that wait for each other by way of two that are one", () => {
    const net = model(
      { a: lstm(4, 4), c: gru(4, 4), d: gru(4, 4), b: lstm(4, 4) },
      { x: input.features(4) },
      ({ a, b, c, d }, { x }) => ({ p: c(a(x).y).y, q: b(d(x).y).y }),
    );
    expect(groupsOf(net as Model)).toEqual(["c. d."]);
  });

  test("inputs of other lengths run each by itself", () => {
    const net = wired(({ a, b }, { x, z }) => ({ a: a(x).y, b: b(z).y }));
    const how = { sequenceLength: { x: 5, z: 4, m: 1, n: 1 } };
    expect(planOf(net, how).dispatches.length).toBe(planOf(apart(net), how).dispatches.length);
  });
});

describe("two over one input take the dispatches of one", () => {
  const two = () => over(of(), of());
  const single = model({ a: lstm(4, 6) }, { x: input.features(4) }, ({ a }, { x }) => a(x).y) as Model;
  const inference = {
    differentiate: false,
    wantInputs: false,
    wantOutputs: false,
    cotangents: [],
    norms: false,
  };
  const training = { ...inference, differentiate: true };
  const count = (net: Model, how: object): number => planOf(net, how).dispatches.length;

  test.each([
    ["a scan", { strategy: "scan", sequenceLength: T }, 2, 3],
    ["a dispatch a step", { strategy: "step", sequenceLength: T }, 1 + T, T + 2],
    ["a single step", { sequenceLength: 1 }, 1, undefined],
    [
      "a single step of one sequence, with its state",
      { sequenceLength: 1, batchSize: 1, stateful: true },
      1,
      undefined,
    ],
  ] as const)("%s", (_, how, forward, backward) => {
    expect(count(two(), { ...inference, ...how })).toBe(forward);
    expect(count(single, { ...inference, ...how })).toBe(forward);
    expect(count(apart(two()), { ...inference, ...how })).toBe(2 * forward);
    if (backward === undefined) return;
    // and an output's gradient that is given, a copy each
    expect(count(two(), { ...training, ...how, cotangents: ["left", "right"] })).toBe(forward + backward + 2);
    expect(count(single, { ...training, ...how, cotangents: ["y"] })).toBe(forward + backward + 1);
  });

  test("but not where a device cannot bind what both have, and can what each has", () => {
    const pair = over(rnn(4, 6) as Net, rnn(4, 6) as Net);
    const how = { ...inference, strategy: "step", sequenceLength: 40 } as const;
    const largest = 4 * 42 * B * 6; // of the states of one, and a slot at either end
    expect(count(pair, { ...how, largest: 2 * largest })).toBe(41);
    const { buffers } = planOf(pair, { ...how, largest });
    expect(Math.max(...buffers.map((buffer) => 4 * size(buffer)))).toBe(largest);
  });

  test("but not where those are not fewer, or cost nothing", () => {
    const carried = { ...inference, stateful: true, sequenceLength: 1 }; // of several sequences, a dispatch for each
    expect(count(two(), carried)).toBe(count(apart(two()), carried));
    const onCpu = { ...inference, device: processor };
    expect(count(two(), onCpu)).toBe(count(apart(two()), onCpu));
  });
});

describe("trained", () => {
  const { net: ensemble } = cases["an ensemble of three, each of two layers over a table of its own"];
  const names = ["one", "two", "three"];
  const losses = Object.fromEntries(names.map((name) => [name, squaredError()]));
  const batchesOf = (batchSize: number) =>
    Array.from({ length: 4 }, (_, n) => ({
      x: tokens([batchSize, T], 7, n),
      target: Object.fromEntries(names.map((name, k) => [name, floats([batchSize, T, 6], 10 * n + k)])),
    }));

  test.each<[string, object, ("fewer" | "more")?]>([
    ["as it is", {}],
    ["in two batches an update", { accumulate: 2 }],
    ["with its state, backwards through some steps", { stateful: true, batchSize: 1, cutEvery: 2 }],
    ["with little memory", { memory: "small", strategy: "step" }],
    [
      "some weights frozen",
      { freeze: ["table_one", "one.weight_hh_l0", "two.weight_hh_l0", "three.weight_hh_l0"] },
    ],
    ["the first and the last frozen: each by itself", { freeze: ["one", "three"] }, "more"],
    ["a rate of its own", { groups: { two: { lr: 1e-3 } } }],
  ])("%s: the same bits", async (_, how, dispatches = "fewer") => {
    const o = {
      batchSize: B,
      sequenceLength: T,
      loss: losses,
      optimizer: adam({ lr: 1e-2 }),
      seed: 2,
      ...how,
    };
    const batches = batchesOf(o.batchSize);
    const [got, want] = [
      await train(cpuAs(oneCore), ensemble(), o, batches),
      await train(cpuAs(oneCore), apart(ensemble()), o, batches),
    ];
    expect(got.losses).toEqual(want.losses);
    expect(difference(got.weights, want.weights).worst).toBe(0);
    const [fewer, more] = [ensemble(), apart(ensemble())].map(
      (net) => net.plan({ ...o, device: oneCore } as never).cost().dispatches,
    );
    expect(fewer < more ? "fewer" : "more").toBe(dispatches); // the norm's, of stretches that lie apart
  });

  test("clipped layer by layer: the norms' sums alone have another order", async () => {
    const o = { batchSize: B, sequenceLength: T, loss: losses, optimizer: adam(), seed: 2, clipLayer: 0.01 };
    const [got, want] = [
      await train(cpuAs(oneCore), ensemble(), o, batchesOf(B)),
      await train(cpuAs(oneCore), apart(ensemble()), o, batchesOf(B)),
    ];
    expect(difference(got.weights, want.weights).worst).toBeLessThan(1e-6);
  });

  test("with dropout, whose places are numbered in the order of calls: the same bits", async () => {
    const towers = (): Model =>
      model(
        {
          a: lstm(4, 6),
          b: lstm(4, 6),
          d: dropout(0.5),
          e: dropout(0.4),
          f: dropout(0.3),
          head: linear(12, 6),
        },
        { x: input.features(4), z: input.features(4) },
        ({ a, b, d, e, f, head }, { x, z }) => head(concat(e(a(d(x)).y), d(b(f(z)).y))),
      ) as Model;
    expect(groupsOf(towers())).toEqual(["a. b."]);
    const o = { batchSize: B, sequenceLength: T, loss: squaredError(), optimizer: adam(), seed: 2 };
    const one = (k: number) => floats([B, T, 4], k);
    const batches = [1, 2].map((k) => ({ x: one(k), z: one(k + 4), target: floats([B, T, 6], k + 8) }));
    const [got, want] = [
      await train(cpuAs(oneCore), towers(), o, batches),
      await train(cpuAs(oneCore), apart(towers()), o, batches),
    ];
    expect(got.losses).toEqual(want.losses);
    expect(difference(got.weights, want.weights).worst).toBe(0);
  });

  test("gives its weights in the order in which layers were declared, and those that are saved", async () => {
    const o = { batchSize: B, sequenceLength: T, loss: losses, optimizer: adam(), freeze: ["two"] };
    const net = ensemble();
    const trainer = await calls(cpu()).trainer(net, o);
    const names = [...net.shapes.keys()];
    expect([...(await trainer.weights()).keys()]).toEqual(names);
    const saved = [...readSafetensors(await trainer.save()).keys()];
    expect(saved.filter((name) => !name.startsWith("~"))).toEqual(names);
    const moments = names.filter((name) => !name.startsWith("two."));
    expect(saved.filter((name) => name.startsWith("~m/"))).toEqual(moments.map((name) => `~m/${name}`));
  });

  test("goes on from what it saved", async () => {
    const o = { batchSize: 1, sequenceLength: T, loss: losses, optimizer: adam(), stateful: true };
    const backend = calls(cpuAs(oneCore));
    const trainer = await backend.trainer(ensemble(), { ...o, seed: 2 });
    const [first, second] = batchesOf(1);
    await trainer.step(first);
    const resumed = await backend.trainer(ensemble(), { ...o, resume: await trainer.save() });
    for (const one of [trainer, resumed]) await one.step(second);
    expect(learned(await resumed.save())).toEqual(learned(await trainer.save()));
  });
});

describe("run", () => {
  const writer = (): Model =>
    model(
      { embed: embedding(7, 4), a: lstm(4, 6), b: lstm(4, 6), head: linear(12, 7) },
      { x: input.tokens() },
      ({ embed, a, b, head }, { x }) => {
        const e = embed(x);
        return head(concat(a(e).y, b(e).y));
      },
    ) as Model;

  test.each([1, 2])("writes the same, of %i sequences, and carries the same states", async (batchSize) => {
    const results = [writer(), apart(writer())].map(async (net) => {
      const weights = net.initialWeights({ seed: 4 });
      const o = { weights, batchSize, sequenceLength: 4, stateful: true };
      const session = await calls(cpuAs(oneCore)).session(net, o);
      const { y } = await session.run({ x: tokens([batchSize, 4], 7, 1) });
      const ids = await session.generate({ prompt: tokens([batchSize, 2], 7, 2), maxTokens: 9, seed: 3 });
      return { y, ids, state: [...(await session.state.read())] };
    });
    expect(await results[0]).toEqual(await results[1]);
    expect((await results[0]).state.map(([name]) => name)).toEqual(["a.h", "a.c", "b.h", "b.c"]);
  });

  test("keeps the names of states, and their order: those of calls", async () => {
    const net = (): Model =>
      model(
        { a: lstm(4, 4), c: gru(4, 4), b: lstm(4, 4), head: linear(8, 2) },
        { x: input.features(4), z: input.features(4) },
        ({ a, b, c, head }, { x, z }) => {
          const left = a(x).y;
          const [first, second] = [c(x).y, c(z).y];
          return { first, second, y: head(concat(left, b(second).y)) };
        },
      ) as Model;
    expect(groupsOf(net())).toEqual(["a. b."]);
    const o = { weights: net().initialWeights(), batchSize: 1, sequenceLength: T, stateful: true };
    const inputs = { x: floats([1, T, 4], 1), z: floats([1, T, 4], 2) };
    const results = [net(), apart(net())].map(async (one) => {
      const session = await calls(cpuAs(oneCore)).session(one, o);
      await session.run(inputs);
      const { stateNorms } = await calls(cpuAs(oneCore)).gradients(one, { ...o, inputs, cotangents: {} });
      return { state: [...(await session.state.read())], norms: [...stateNorms.keys()] };
    });
    const [got, want] = await Promise.all(results);
    expect(got).toEqual(want);
    expect(want.state.map(([name]) => name)).toEqual(["a.h", "a.c", "c.h", "c.h#2", "b.h", "b.c"]);
  });

  test("over weights that lie otherwise: those of a network in which they are no pair", async () => {
    const chain = wired(({ a, b }, { x }) => b(a(x).y).y);
    const side = () => wired(({ a, b }, { x }) => ({ a: a(x).y, b: b(x).y }));
    const sizes = { batchSize: 2, sequenceLength: 3 };
    const backend = cpuAs(oneCore);
    const x = floats([2, 3, 4], 1);
    const lengths = Int32Array.of(1, 2);
    const inputs = { x, z: x, m: lengths, n: lengths };
    const weights = chain.initialWeights({ seed: 5 });
    for (const [owner, user] of [
      [chain, side()],
      [side(), chain],
    ]) {
      const session = await calls(backend).session(owner, { weights, ...sizes });
      const got = await calls(backend).session(user, { weights: session, ...sizes });
      const want = await calls(backend).session(apart(user), { weights, ...sizes });
      expect(await got.run(inputs)).toEqual(await want.run(inputs));
    }
  });
});
