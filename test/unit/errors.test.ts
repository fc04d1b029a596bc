// Bad input, word for word: every message says where, what was found, what it must be and what to do; nothing
// is written or lost, and the trainer goes on bit for bit. What only a device refuses is in
// test/gpu/errors.test.ts.

import { describe, expect, test } from "vitest";
import {
  adam,
  bestBackend,
  concat,
  cpu,
  crossEntropy,
  DeviceError,
  DisposedError,
  defineCell,
  dropout,
  embedding,
  gru,
  input,
  LimitError,
  linear,
  lstm,
  model,
  mul,
  readSafetensors,
  rnn,
  ShapeError,
  sequential,
  sgd,
  squaredError,
  WeightsError,
  webgpu,
  writeSafetensors,
} from "../../src/index.js";
import { calls, floats, textBatches } from "../agree_check.js";

const float32 = cpu();
const [V, B, T] = [7, 2, 3];
const sizes = { batchSize: B, sequenceLength: T };
const net = sequential({ embed: embedding(V, 4), rnn: lstm(4, 5), head: linear(5, V) });
const options = { ...sizes, loss: crossEntropy(), optimizer: adam(), stateful: true, seed: 1 };
const batches = textBatches(4, { ...sizes, V });
const weights = net.initialWeights({ seed: 1 });

type Class = abstract new (message?: string) => Error;

/** Runs something that must fail; asserts class and message. */
async function expectRefused(run: () => unknown, kind: Class, message: string | RegExp): Promise<void> {
  const error = await Promise.resolve()
    .then(run)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(kind);
  const { message: found } = error as Error;
  if (typeof message === "string") expect(found).toBe(message);
  else expect(found).toMatch(message);
}

describe("a step", () => {
  const ids = (values: readonly number[]) => Int32Array.from(values);
  const x = batches[0].x.data;
  const target = batches[0].target.data;
  const kinds = "it must be Int32Array or Uint32Array or Array of 6 for [2, 3]; give that.";
  const bad: readonly (readonly [string, object, string | RegExp])[] = [
    ["too few tokens", { x: ids([1, 2]), target }, `trainer.step: x: it is Int32Array of 2, ${kinds}`],
    [
      "another shape",
      { x: { shape: [T, B], data: x }, target },
      "trainer.step: x has 3 sequences; it must have from 1 to 2, the batchSize. " + "Give no more.",
    ],
    ["floats", { x: new Float32Array(6), target }, `trainer.step: x: it is Float32Array of 6, ${kinds}`],
    [
      "a fraction",
      { x: [0, 1, 2, 3, 4, 0.5], target },
      /^trainer.step: x: the number at 5 is 0.5, it must be an integer of 32 bits; /,
    ],
    [
      "a token that is too large",
      { x: ids([0, 1, 7, 0, 0, 0]), target },
      "trainer.step: x has 7 at 2; tokens must be at least 0 and below 7, the embedding's vocabulary.",
    ],
    [
      "a negative token",
      { x: ids([0, 1, 2, 0, -1, 0]), target },
      "trainer.step: x has -1 at 4; tokens must be at least 0 and below 7, the embedding's vocabulary.",
    ],
    [
      "a target that is too large",
      { x, target: ids([0, 1, 2, 3, 4, 7]) },
      "trainer.step: target: the number at 5 is 7; it must be from 0 to 6, of the size of the output, or -100, the ignoreIndex.",
    ],
    [
      "a negative target",
      { x, target: ids([-1, 1, 2, 3, 4, 5]) },
      "trainer.step: target: the number at 0 is -1; it must be from 0 to 6, of the size of the output, or -100, the ignoreIndex.",
    ],
    [
      "no target",
      { x },
      "trainer.step: target: it is missing, it must be Int32Array or Uint32Array or Array of 6 for [2, 3]; give that.",
    ],
    [
      "no input",
      { target },
      "trainer.step: x: it is missing, it must be Int32Array or Uint32Array or Array of 6 for [2, 3]; give that.",
    ],
    [
      "an unknown input",
      { x, target, y: x },
      'trainer.step: there is no input "y", only x, target; name one of these.',
    ],
  ];

  test("what is wrong is named, and the trainer goes on bit for bit", async () => {
    const trainer = await calls(float32).trainer(net, options);
    const twin = await calls(float32).trainer(net, options);
    for (const batch of batches) {
      for (const [, wrong, message] of bad) {
        await expectRefused(() => trainer.step(wrong), ShapeError, message);
      }
      await trainer.step(batch);
      await twin.step(batch);
    }
    expect(trainer.updates).toBe(4);
    expect(await trainer.metrics()).toEqual(await twin.metrics());
    expect(await trainer.save()).toEqual(await twin.save());
    await expectRefused(
      () => trainer.evaluate([batches[0], { x, target: ids([9]) }]),
      ShapeError,
      /^trainer.evaluate: target: it is Int32Array of 1, it must be /,
    );
    expect(await trainer.evaluate(batches)).toBe(await twin.evaluate(batches));
  });

  test("rates that are no numbers ruin nothing", async () => {
    const at = (wrong: number) => (update: number) => (update === 1 ? wrong : 0.01);
    const twin = await calls(float32).trainer(net, { ...options, optimizer: adam({ lr: 0.01 }) });
    await twin.step(batches[0]);
    for (const [name, more] of Object.entries({
      lr: { optimizer: adam({ lr: at(Number.NaN) }) },
      clipNorm: { optimizer: adam({ lr: 0.01 }), clipNorm: at(Number.POSITIVE_INFINITY) },
      clipValue: { optimizer: adam({ lr: 0.01 }), clipValue: at(Number.NaN) },
    })) {
      const trainer = await calls(float32).trainer(net, { ...options, ...more });
      await trainer.step(batches[0]);
      const found = await trainer.save();
      await expectRefused(
        () => trainer.step(batches[1]),
        ShapeError,
        new RegExp(
          `^trainer.step: ${name} at update 1 is (NaN|Infinity); it must be a finite number, at least 0.$`,
        ),
      );
      expect(await trainer.save()).toEqual(found);
      if (name === "lr") expect(await trainer.weights()).toEqual(await twin.weights());
    }
  });
});

describe("a session", () => {
  const bare = gru(3, 4);
  const x = floats([B, T, 3], 1);

  test("wrong inputs and outputs are named, and its state stays", async () => {
    const o = { ...sizes, weights: bare.initialWeights(), stateful: true };
    const [session, twin] = [await calls(float32).session(bare, o), await calls(float32).session(bare, o)];
    const h0 = floats([1, B, 4], 2);
    const floating = "it must be Float32Array or Float64Array of";
    const bad: readonly (readonly [object, readonly string[] | undefined, string])[] = [
      [
        { x: new Float32Array(4), h0 },
        undefined,
        `session.run: x: it is Float32Array of 4, ${floating} 18 for [2, 3, 3]; give that.`,
      ],
      [
        { x, h0: floats([2, B, 4], 1) },
        undefined,
        `session.run: h0: it is Float32Array of 16 for [2, 2, 4], ${floating} 8 for [1, 2, 4]; ` +
          "give that.",
      ],
      [
        { x: [1, 2, 3] },
        undefined,
        `session.run: x: it is Array of 3, ${floating} 18 for [2, 3, 3]; give that.`,
      ],
      [{ x, c0: h0 }, undefined, 'session.run: there is no input "c0", only x; name one of these.'],
      [{ x }, ["cn"], 'session.run: there is no output "cn", only y, hn; name one of these.'],
    ];
    for (const [inputs, outputs, message] of bad) {
      await expectRefused(() => session.run(inputs, outputs), ShapeError, message);
      expect(await session.run({ x })).toEqual(await twin.run({ x }));
    }
  });

  test("a state of another shape or name is refused whole", async () => {
    const net2 = lstm(3, 4);
    const open = (o: object) =>
      calls(float32).session(net2, { ...sizes, weights: net2.initialWeights(), stateful: true, ...o });
    const session = await open({});
    await session.run({ x }, []);
    const before = await session.state.read();
    const h = floats([1, B, 4], 1);
    await expectRefused(
      () => session.state.write({ h, c: floats([1, 1, 4], 1) }),
      ShapeError,
      /^session.state.write: c: it is Float32Array of 4 for \[1, 1, 4\], it must be /,
    );
    await expectRefused(
      () => session.state.write({ h, z: h }),
      ShapeError,
      'session.state.write: there is no state "z"; there are h, c. Only layers without given initial states carry one, ' +
        "and only with stateful: true.",
    );
    const wide = await calls(float32).session(lstm(3, 2), {
      batchSize: 4,
      sequenceLength: 1,
      stateful: true,
      weights: lstm(3, 2).initialWeights(),
    });
    await expectRefused(
      () => session.state.write(wide.state),
      ShapeError,
      "session.state.write: h is [1, 4, 2]; it must be [1, 2, 4], of as many sequences.",
    );
    for (const wrong of [[0, 2], [-1], [0.5], 0 as unknown as number[]]) {
      await expectRefused(
        () => session.state.reset(wrong),
        ShapeError,
        `session.state.reset: sequences is ${wrong}; it must be a list of numbers from 0 to 1.`,
      );
    }
    session.state.reset([]);
    session.state.reset(new Int32Array() as never);
    const still = await open({ stateful: false });
    still.state.reset(0 as never); // of nothing, whichever
    await expectRefused(
      () => still.state.write(session.state),
      ShapeError,
      'session.state.write: there is no state "h"; nothing is carried. Only layers without given initial states carry one, ' +
        "and only with stateful: true.",
    );
    expect(await session.state.read()).toEqual(before);
  });
});

describe("weights", () => {
  const open = (given: unknown) => () => calls(float32).session(net, { ...sizes, weights: given });
  const changed = (name: string, tensor: unknown): Map<string, unknown> =>
    new Map([...weights, [name, tensor]]);
  const without = (name: string) => new Map([...weights].filter(([other]) => other !== name));
  const file = writeSafetensors(weights);
  const ofGru = sequential({ embed: embedding(V, 4), rnn: gru(4, 5), head: linear(5, V) }).initialWeights();
  const wide = sequential({ embed: embedding(V, 4), rnn: lstm(4, 6), head: linear(6, V) }).initialWeights();

  const refused: readonly (readonly [string, () => unknown, string | RegExp])[] = [
    [
      "none",
      open(undefined),
      "session: weights are missing; a session never invents them. Give tensors, a trainer or a session.",
    ],
    [
      "a file that was not read",
      open(file),
      "weights: they are of kind Uint8Array; they must be tensors by name. " +
        "Of a file give readSafetensors(bytes).",
    ],
    [
      "one is missing",
      open(without("head.bias")),
      "weights: head.bias is missing; the network needs [7]. There are embed.weight, rnn.weight_ih_l0, rnn.weight_hh_l0, " +
        "rnn.bias_ih_l0. Give all weights, or begin from net.initialWeights().",
    ],
    [
      "an unknown name under a layer",
      open(changed("rnn.weight_hr_l0", { shape: [1], data: new Float32Array(1) })),
      "weights: rnn.weight_hr_l0 is not one of the network's; rnn has rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0, " +
        "rnn.bias_hh_l0. Rename or leave it out.",
    ],
    [
      "a GRU's for an LSTM",
      open(ofGru),
      "weights: rnn.weight_hh_l0 is [15, 5]; lstm(4, 5) needs [20, 5]. These look like a GRU's weights (3 gates).",
    ],
    [
      "another size",
      open(wide),
      "weights: rnn.weight_ih_l0 is [24, 4]; lstm(4, 5) needs [20, 4]. " +
        "Give weights of these sizes, or describe the network with theirs.",
    ],
    [
      "no tensor",
      open(changed("head.bias", new Float32Array(7))),
      "weights: head.bias is of kind Float32Array; it must be a tensor. Give { shape, data }.",
    ],
    [
      "integers",
      open(changed("head.bias", { shape: [7], data: new Int32Array(7) })),
      "weights: head.bias must be 7 floats; give a Float32Array or Float64Array.",
    ],
    [
      "too few numbers",
      open(changed("head.bias", { shape: [7], data: new Float32Array(6) })),
      "weights: head.bias must be 7 floats; give a Float32Array or Float64Array.",
    ],
    [
      "not a number",
      open(changed("head.bias", { shape: [7], data: new Float32Array(7).fill(Number.NaN, 3, 4) })),
      "weights: head.bias has NaN at 3; weights must be finite. Load a sound file.",
    ],
    [
      "a truncated file",
      () => readSafetensors(file.slice(0, file.length - 8)),
      /^readSafetensors: the tensors have \d+ bytes, the file has \d+ for them; the file is damaged or cut short, get it again\.$/,
    ],
    [
      "a file of another kind",
      () => readSafetensors(new TextEncoder().encode("<!doctype html><title>404</title>")),
      /^readSafetensors: these 33 bytes are no safetensors file; give all of one /,
    ],
  ];
  test.each(refused)("%s", async (_, run, message) => {
    const { bytes } = float32;
    const kind = typeof message === "string" && message.startsWith("session:") ? ShapeError : WeightsError;
    await expectRefused(run, kind, message);
    expect(float32.bytes).toBe(bytes);
  });

  test("other layers' weights are passed over", async () => {
    const more = changed("other.weight", { shape: [1], data: new Float32Array(1) });
    const session = await calls(float32).session(net, { ...sizes, weights: more });
    expect((await session.run({ x: batches[0].x })).y.length).toBe(B * T * V);
  });

  test("shared ones must fit, be of the same backend, and be there", async () => {
    const trainer = await float32.trainer(net, options);
    await expectRefused(
      () => calls(cpu()).session(net, { ...sizes, weights: trainer }),
      WeightsError,
      "weights: they lie on another backend; they must lie on this one. Give await trainer.weights().",
    );
    const deeper = sequential({
      embed: embedding(V, 4),
      rnn: lstm(4, 5, { numLayers: 2 }),
      head: linear(5, V),
    });
    await expectRefused(
      () => calls(float32).session(deeper, { ...sizes, weights: trainer }),
      WeightsError,
      "weights: rnn.weight_ih_l1 is missing in what is shared; the network needs [20, 5]. " +
        "Share those of the same layers.",
    );
    const session = await float32.session(net, { ...sizes, weights: trainer });
    trainer.dispose();
    await expectRefused(
      () => session.run({ x: batches[0].x }),
      DisposedError,
      "session.run: the weights that it shares were disposed; make another.",
    );
    await expectRefused(
      () => float32.session(net, { ...sizes, weights: trainer }),
      DisposedError,
      "trainer: this trainer was disposed; make another with backend.trainer(net, …).",
    );
  });
});

describe("limits", () => {
  const large = sequential({ embed: embedding(1000, 64), rnn: lstm(64, 512), head: linear(512, 1000) });

  test("a plan over what every device grants says which buffer and what to do", async () => {
    await expectRefused(
      () => large.plan({ batchSize: 256, sequenceLength: 512 }),
      LimitError,
      /^rnn\.h_l0 \[514, 256, 512\]: needs a maxStorageBufferBindingSize of 269484032, this device grants 134217728; use a shorter sequenceLength, /,
    );
    expect(large.plan({ batchSize: 16, sequenceLength: 16 }).cost().dispatches).toBeGreaterThan(16);
  });

  test("a device's own limits are asked for by name", async () => {
    const limits = { maxStorageBufferBindingSize: 2 ** 20, maxBufferSize: 2 ** 28 };
    await expectRefused(
      () => large.plan({ ...sizes, limits }),
      LimitError,
      /^weights \[1760744\]: needs a maxStorageBufferBindingSize of 7042976, this device grants 1048576; use .* or request more of the device\.$/,
    );
    await expectRefused(
      () => net.plan({ ...sizes, limits: { maxStorageBuffersPerShaderStage: 2 } }),
      LimitError,
      /^\w+: needs a maxStorageBuffersPerShaderStage of \d, this device grants 2; use .* or request more of the device\.$/,
    );
  });
});

describe("after dispose", () => {
  test("a trainer and a session say so; disposing twice is nothing", async () => {
    const trainer = await calls(float32).trainer(net, options);
    const session = await calls(float32).session(net, { ...sizes, weights, stateful: true });
    const pending = trainer.metrics();
    for (const owned of [trainer, session, trainer, session]) owned.dispose();
    await pending.catch((error: unknown) => expect(error).toBeInstanceOf(DisposedError));
    const again = "this trainer was disposed; make another with backend.trainer(net, …).";
    for (const [where, run] of Object.entries({
      "trainer.step": () => trainer.step(batches[0]),
      "trainer.metrics": () => trainer.metrics(),
      "trainer.evaluate": () => trainer.evaluate(batches),
      "trainer.weights": () => trainer.weights(),
      "trainer.save": () => trainer.save(),
      "trainer.state.read": () => trainer.state.read(),
      "trainer.state.reset": () => trainer.state.reset(),
    })) {
      await expectRefused(run, DisposedError, `${where}: ${again}`);
    }
    const other = "this session was disposed; make another with backend.session(net, …).";
    for (const [where, run] of Object.entries({
      "session.run": () => session.run({ x: batches[0].x }),
      "session.generate": () => session.generate({ prompt: [0], maxTokens: 1 }),
      "session.state.write": () => session.state.write({}),
    })) {
      await expectRefused(run, DisposedError, `${where}: ${other}`);
    }
  });

  test("a backend says so, and so does all that was made on it", async () => {
    const backend = cpu();
    const trainer = await calls(backend).trainer(net, options);
    const session = await calls(backend).session(net, { ...sizes, weights });
    backend.dispose();
    backend.dispose();
    const again = "this backend was disposed; make another.";
    for (const [where, run] of Object.entries({
      "trainer.step": () => trainer.step(batches[0]),
      "session.run": () => session.run({ x: batches[0].x }),
      "backend.trainer": () => calls(backend).trainer(net, options),
      "backend.session": () => calls(backend).session(net, { ...sizes, weights }),
      "backend.gradients": () => calls(backend).gradients(net, {}),
    })) {
      await expectRefused(run, DisposedError, `${where}: ${again}`);
    }
    trainer.dispose();
    expect(backend.bytes).toBe(0);
  });
});

test("no WebGPU and no adapter", async () => {
  await expectRefused(
    () => webgpu(),
    DeviceError,
    /^webgpu\(\): there is no navigator\.gpu; .* or use cpu\(\)\.$/,
  );
  const without = { requestAdapter: async () => null } as unknown as GPU;
  await expectRefused(
    () => webgpu({ gpu: without }),
    DeviceError,
    /^webgpu\(\): there is no adapter, .* or use cpu\(\)\.$/,
  );
  const best = await bestBackend();
  expect(best.kind).toBe("cpu");
  expect(best.reason).toMatch(/^webgpu\(\): there is no navigator\.gpu;/);
});

describe("a description", () => {
  const bad: readonly (readonly [string, () => unknown, string])[] = [
    ["a size", () => lstm(0, 4), "lstm(0, 4): inputSize is 0; it must be a positive integer."],
    [
      "a count",
      () => gru(3, 4, { numLayers: 1.5 }),
      "gru(3, 4): numLayers is 1.5; it must be a positive integer.",
    ],
    ["dropout", () => dropout(1), "dropout: the share dropped is 1; it must be at least 0 and below 1."],
    ["no layers", () => sequential({}), "sequential: there are no layers; give at least one."],
    [
      "sizes that do not meet",
      () => sequential({ embed: embedding(V, 4), rnn: lstm(5, 6) }),
      "rnn: x is [B, T, 4]; it must be [B, T, 5], as lstm(5, 6) takes it.",
    ],
    [
      "tokens without an embedding",
      () => model({ rnn: lstm(5, 6) }, { x: input.tokens() }, ({ rnn: layer }, { x }) => layer(x as never).y),
      "rnn: x is integers; it must be floats, as lstm(5, 6) takes them. Put an embedding between them.",
    ],
    [
      "floats into an embedding",
      () => sequential({ one: linear(2, 2), embed: embedding(V, 4) as never }),
      "embed: x is floats; it must be integers, as embedding(7, 4) takes them. Declare such, as input.tokens().",
    ],
    [
      "the loss's own name",
      () =>
        model(
          {},
          { target: input.features(2) } as never,
          (_, inputs: Record<string, never>) => inputs.target,
        ),
      'model: an input is called "target"; that name is the loss\'s. Call it otherwise.',
    ],
    [
      "a vector into a recurrent layer",
      () => model({ rnn: rnn(3, 4) }, { x: input.vector(3) }, ({ rnn: layer }, { x }) => layer(x).y),
      "rnn: x is [B, 3]; it must be [B, T, 3], as rnn_tanh(3, 4) takes it.",
    ],
    [
      "a state of other layers",
      () =>
        model(
          { a: rnn(3, 4, { numLayers: 2 }), b: rnn(3, 4) },
          { x: input.features(3) },
          ({ a, b }, { x }) => b(x, { h0: a(x).hn }).y,
        ),
      "b: h0 is [2, B, 4]; it must be [1, B, 4], as rnn_tanh(3, 4) takes it.",
    ],
    [
      "a sequence beside a vector",
      () => model({}, { x: input.features(3), v: input.vector(3) }, (_, { x, v }) => concat(x, v)),
      "concat: [B, T, 3] and [B, 3] do not go together; they must be floats of one shape and known size but for the last axis. " +
        "Wire others, or declare their sizes.",
    ],
    [
      "sizes that differ",
      () => model({}, { x: input.features(3), z: input.features(2) }, (_, { x, z }) => mul(x, z)),
      "add, mul: [B, T, 3] and [B, T, 2] do not go together; they must be floats of one shape and known size. " +
        "Wire others, or declare their sizes.",
    ],
    [
      "a cell without its state",
      () => defineCell({ name: "bad", gates: { a: "sum" }, state: ["h"], step: () => ({}) as never }),
      'defineCell bad: step gives no "h"; it must give every state.',
    ],
    [
      "a gate taken whole",
      () =>
        defineCell({
          name: "bad",
          gates: { n: "split" },
          state: ["h"],
          step: ({ n }, { h }) => ({ h: h.add(n as never) }),
        }),
      "defineCell: an operand is { x, h }; it must be an expression or a number; of a split or fed gate n take n.x or n.h.",
    ],
    [
      "a matrix that is not declared",
      () =>
        defineCell({
          name: "bad",
          gates: { a: "sum" },
          state: ["h"],
          step: ({ a }, { h }, _, { product }) => ({ h: a.add(product("m" as never, h)) }),
        }),
      'defineCell bad: there is no matrix "m"; declare it in matrices.',
    ],
    [
      "a fed gate that is never fed",
      () => defineCell({ name: "bad", gates: { n: "fed" }, state: ["h"], step: ({ n }) => ({ h: n.x }) }),
      "defineCell bad: n.h(…) is never called; call it once.",
    ],
  ];
  test.each(bad)("%s", (_, run, message) => expectRefused(run, ShapeError, message));
});

describe("what a trainer is asked for", () => {
  const made = (o: object) => () => calls(float32).trainer(net, { ...options, ...o });
  const bad: readonly (readonly [string, () => unknown, string])[] = [
    ["batchSize", made({ batchSize: 0 }), "batchSize is 0; it must be a positive integer."],
    [
      "sequenceLength",
      made({ sequenceLength: 2.5 }),
      "sequenceLength is 2.5; it must be a positive integer.",
    ],
    [
      "sequenceLength of another input",
      made({ sequenceLength: { z: 4 } }),
      "sequenceLength: it does not say how long x is; it must name every input over time. Give one number, or add x.",
    ],
    [
      "no loss",
      made({ loss: undefined }),
      "loss: there is none; give one, such as crossEntropy(), or one by output.",
    ],
    [
      "a loss of another output",
      made({ loss: { z: squaredError() } }),
      'loss: there is no output "z", only y; name one of these.',
    ],
    [
      "losses of nothing",
      made({ loss: {} }),
      "loss: there is none; give one, such as crossEntropy(), or one by output.",
    ],
    [
      "another library's optimizer",
      made({ optimizer: { kind: "lion" } }),
      "optimizer: lion is no optimizer of webrnn; give one, such as adam().",
    ],
    [
      "a seed that is none",
      made({ seed: 0.5 }),
      "trainer: seed: the seed is 0.5, it must be an integer; Date.now() is one.",
    ],
    [
      "gradients without a shape",
      () => calls(float32).gradients(net, { weights, inputs: { x: batches[0].x.data }, cotangents: {} }),
      "gradients: x is no such tensor; it must be [B, T]. Give { shape, data }.",
    ],
    [
      "cotangents of another output",
      () =>
        calls(float32).gradients(net, {
          weights,
          inputs: { x: batches[0].x },
          cotangents: { z: floats([1], 1) },
        }),
      'cotangents: there is no output "z", only y; name one of these.',
    ],
    [
      "a network that is none",
      () => calls(float32).session({} as never, { ...sizes, weights }),
      "net is Object; it must be a layer, or made by sequential() or model().",
    ],
  ];
  test.each(bad)("%s", async (_, run, message) => {
    const { bytes } = float32;
    await expectRefused(run, ShapeError, message);
    expect(float32.bytes).toBe(bytes);
  });

  test("a signal gives the building up", async () => {
    const reason = new Error("no longer wanted");
    const signal = AbortSignal.abort(reason);
    const { bytes } = float32;
    await expect(calls(float32).trainer(net, { ...options, signal })).rejects.toBe(reason);
    expect(float32.bytes).toBe(bytes);
    const told: number[][] = [];
    const onProgress = (...progress: number[]) => told.push(progress);
    await calls(float32).trainer(net, { ...options, onProgress, optimizer: sgd({ lr: 1 }) });
    expect(told.at(-1)?.[0]).toBe(told.at(-1)?.[1]);
  });
});
