// What a program in JavaScript gets wrong without a type to tell it, and what would be passed over without a word: a
// misspelt option, a word that is none, a promise that was not awaited, text where ids belong.

import { describe, expect, test } from "vitest";
import * as webrnn from "../../src/index.js";

const { adam, batches, cpu, crossEntropy, embedding, gru, linear, lstm, pad, sequential, sgd } = webrnn;

const net = sequential({ embed: embedding(5, 3), rnn: lstm(3, 4), head: linear(4, 5) });
const weights = net.initialWeights({ seed: 1 });
const size = { batchSize: 2, sequenceLength: 3 };
const training = { ...size, loss: crossEntropy(), optimizer: adam() };
const batch = { x: new Int32Array(6), target: new Int32Array(6) };

/** As a program without types has it. */
const wrong = <T>(value: unknown): T => value as T;
const session = (o: object) => cpu().session(net, { ...size, weights, ...o });
const trainer = (o: object) => cpu().trainer(net, { ...training, ...o });

/** Who takes options; some has to be given. */
const takers: Record<string, { readonly call: (o: object) => unknown; readonly some?: object }> = {
  "rnn_tanh(2, 3)": { call: (o) => webrnn.rnn(2, 3, o) },
  "lstm(2, 3)": { call: (o) => lstm(2, 3, o) },
  "gru(2, 3)": { call: (o) => gru(2, 3, o) },
  "ind_rnn(2, 3)": { call: (o) => webrnn.indRnn(2, 3, o) },
  "mgu(2, 3)": { call: (o) => webrnn.mgu(2, 3, o) },
  linear: { call: (o) => linear(2, 3, o) },
  layerNorm: { call: (o) => webrnn.layerNorm(2, o) },
  attention: { call: (o) => webrnn.attention(2, 2, o) },
  crossEntropy: { call: crossEntropy },
  squaredError: { call: webrnn.squaredError },
  "huber(1)": { call: webrnn.huber },
  binaryCrossEntropy: { call: webrnn.binaryCrossEntropy },
  ctc: { call: webrnn.ctc },
  sgd: { call: (o) => sgd(wrong(o)), some: { lr: 1 } },
  adam: { call: adam },
  adamw: { call: webrnn.adamw },
  rmsprop: { call: webrnn.rmsprop },
  adagrad: { call: webrnn.adagrad },
  stepDecay: { call: (o) => webrnn.stepDecay(wrong(o)), some: { from: 1, every: 2 } },
  cosine: { call: (o) => webrnn.cosine(wrong(o)), some: { from: 1, updates: 2 } },
  warmUp: { call: (o) => webrnn.warmUp(wrong(o)), some: { to: 1, updates: 2 } },
  oneCycle: { call: (o) => webrnn.oneCycle(wrong(o)), some: { peak: 1, updates: 2 } },
};

describe("an option that there is not is refused", () => {
  test.each(Object.entries(takers))("by %s", (name, { call, some = {} }) => {
    expect(() => call(some)).not.toThrow();
    expect(() => call({ ...some, learningRate: 1 })).toThrow(
      new webrnn.ShapeError(`${name}: there is no option "learningRate"; correct its name, or leave it out.`),
    );
  });

  test.each(Object.entries(takers))("as is what holds none, by %s", (name, { call }) => {
    const [kind] = name.replace("rnn_tanh", "rnn").replace("ind_rnn", "indRnn").split("(");
    for (const given of [2, false]) {
      expect(() => call(wrong(given))).toThrow(
        new RegExp(`^${kind}[^:]*: what holds its options is ${given}; it must be an object\\.$`),
      );
    }
  });

  test("by trainers, sessions, gradients, plans and what is in a group", async () => {
    await expect(trainer({ clipnorm: 1 })).rejects.toThrow(
      /^trainer: there is no option "clipnorm", only batchSize, .*clipNorm, .*; name one of these\.$/,
    );
    await expect(session({ statefull: true })).rejects.toThrow(
      'session: there is no option "statefull", only ',
    );
    const given = { weights, inputs: { x: { shape: [1, 1], data: [0] } }, cotangent: {} };
    await expect(cpu().gradients(net, wrong(given))).rejects.toThrow(
      'gradients: there is no option "cotangent", only ',
    );
    expect(() => net.plan(wrong({ ...size, strategie: "scan" }))).toThrow(
      'plan: there is no option "strategie", only ',
    );
    await expect(trainer({ groups: { head: { learningRate: 1 } } })).rejects.toThrow(
      'trainer: groups.head: there is no option "learningRate"; ',
    );
  });

  test("by generate", async () => {
    const { generate } = await session({ stateful: true }).then((one) => ({
      generate: (o: object) => one.generate({ prompt: [1, 2], maxTokens: 2, ...o }),
    }));
    await expect(generate({ topk: 1 })).rejects.toThrow('session.generate: there is no option "topk"; ');
    await expect(generate({ topK: 1, topP: 0.5, temperature: 1, seed: 1 })).resolves.toHaveLength(4);
  });

  test("but not a trainer's by a session: what both are made of may be one object", async () => {
    const given = { x: batch.x };
    const one = await session({ ...training, clipNorm: 1, seed: 1 });
    expect(await one.run(given)).toEqual(await (await session({})).run(given));
  });
});

describe("what would be passed over is refused", () => {
  test("a word that an option has not", async () => {
    await expect(session({ storage: "fp16" })).rejects.toThrow(
      new webrnn.ShapeError('session: storage is "fp16"; it must be float32, float16.'),
    );
    await expect(session({ arithmetic: "half" })).rejects.toThrow(
      'session: arithmetic is "half"; it must be float32, float16.',
    );
    await expect(trainer({ memory: "tiny" })).rejects.toThrow(
      'trainer: memory is "tiny"; it must be fast, small.',
    );
  });

  test("a rate that is no number, or would go uphill", async () => {
    const step = async (o: object): Promise<void> => (await trainer(o)).step(batch);
    const must = "it must be a finite number, at least 0.";
    await expect(step({ optimizer: adam({ lr: wrong("0.1") }) })).rejects.toThrow(
      `trainer.step: lr at update 0 is 0.1; ${must}`,
    );
    await expect(step({ optimizer: sgd(wrong({})) })).rejects.toThrow(`lr at update 0 is undefined; ${must}`);
    await expect(step({ optimizer: adam({ lr: -1 }) })).rejects.toThrow(`lr at update 0 is -1; ${must}`);
    await expect(step({ clipNorm: -1 })).rejects.toThrow(`clipNorm at update 0 is -1; ${must}`);
    await expect(step({ clipNorm: 0 })).resolves.toBeUndefined();
  });

  test("a loss for an optimizer, and the other way round", async () => {
    await expect(trainer({ optimizer: crossEntropy() })).rejects.toThrow(
      new webrnn.ShapeError("optimizer: crossEntropy is no optimizer of webrnn; give one, such as adam()."),
    );
    await expect(trainer({ loss: adam() })).rejects.toThrow(
      new webrnn.ShapeError("loss: adam is no loss of webrnn; give one, such as crossEntropy()."),
    );
  });

  test("a call without inputs", async () => {
    const missing = "x: it is missing, it must be Int32Array or ";
    const one = await session({});
    await expect(one.run(wrong(undefined))).rejects.toThrow(`session.run: ${missing}`);
    expect(() => one.runSync(wrong(undefined))).toThrow(`session.runSync: ${missing}`);
    await expect((await trainer({})).step(wrong(undefined))).rejects.toThrow(`trainer.step: ${missing}`);
  });

  test("a share of an average that would grow without bound", () => {
    for (const [one, must] of [
      [() => adam({ betas: [0.9, 1.5] }), "adam: beta is 1.5"],
      [() => webrnn.adamw({ betas: [-0.1, 0.5] }), "adamw: beta is -0.1"],
      [() => webrnn.rmsprop({ alpha: Number.NaN }), "rmsprop: alpha is NaN"],
      [() => adam({ betas: wrong([0.9]) }), "adam: beta is undefined"],
      [() => adam({ betas: wrong(0.9) }), "adam: beta is undefined"],
    ] as const) {
      expect(one).toThrow(new webrnn.ShapeError(`${must}; it must be at least 0 and below 1.`));
    }
  });

  test("a momentum below 0, as in PyTorch; 1 is one", () => {
    for (const [kind, of] of [
      ["sgd", (momentum: number) => sgd({ lr: 1, momentum })],
      ["rmsprop", (momentum: number) => webrnn.rmsprop({ momentum })],
    ] as const) {
      for (const momentum of [-1, Number.NaN]) {
        expect(() => of(momentum)).toThrow(
          new webrnn.ShapeError(`${kind}: momentum is ${momentum}; it must be at least 0.`),
        );
      }
      for (const momentum of [0, 1, 1.5]) expect(of(momentum).kind).toBe(kind);
    }
  });

  test("gradients of nothing", async () => {
    const given = { weights, inputs: { x: { shape: [1, 1], data: Int32Array.of(0) } } };
    await expect(cpu().gradients(net, wrong(given))).rejects.toThrow(
      new webrnn.ShapeError("loss: there is none; give one, such as crossEntropy(), or one by output."),
    );
  });

  test("a stop that is no token", async () => {
    const one = await session({ stateful: true });
    for (const stop of ["\n", Int32Array.of(1), -1, 1.5]) {
      const o = { prompt: [1, 2], maxTokens: 2, stop: wrong<number>(stop) };
      await expect(one.generate(o)).rejects.toThrow(
        `session.generate: stop is ${stop}; it must be an integer, at least 0.`,
      );
    }
  });

  test("an output to run into that there is not", async () => {
    const one = await session({});
    const given = { x: batch.x };
    expect(() => one.runSync(given, wrong({ logits: new Float32Array(30) }))).toThrow(
      'session.run: there is no output "logits", only y; name one of these.',
    );
    expect(one.runSync(given, wrong({ y: undefined, logits: undefined })).y).toHaveLength(30);
  });

  test("a device that is none", async () => {
    for (const [device, kind] of [
      [undefined, "Undefined"],
      [Promise.resolve(), "Promise"],
    ] as const) {
      await expect(webrnn.webgpu({ device: wrong<GPUDevice>(device) })).rejects.toThrow(
        new webrnn.DeviceError(
          `webgpu(): device is of kind ${kind}; it must be a GPUDevice. Await adapter.requestDevice().`,
        ),
      );
    }
  });

  test("a promise for tensors", async () => {
    const must =
      "they are of kind Promise; they must be tensors by name. Of a file give readSafetensors(bytes).";
    const one = await session({ stateful: true });
    expect(() => one.state.write(wrong(one.state.read()))).toThrow(
      new webrnn.WeightsError(`session.state.write: ${must}`),
    );
    expect(() => webrnn.writeSafetensors(wrong(Promise.resolve(weights)))).toThrow(
      new webrnn.WeightsError(`writeSafetensors: ${must}`),
    );
  });

  test("lists of numbers and text for arrays of ids", () => {
    expect(() => pad(wrong<Int32Array[]>([[1, 2], [3]]))).toThrow(
      "pad: sequence 0 is Array of 2, it must be a typed array, ",
    );
    const text = "To be, or not to be";
    const must = "it must be ids, as encode() gives them.";
    expect(() => batches(wrong(text), size)).toThrow(`batches: the text is String; ${must}`);
    expect(() => batches(wrong(Array.from(text, Number)), size)).toThrow(
      `batches: the text is Array; ${must}`,
    );
  });
});

test("more steps than a host can list are refused before it tries", async () => {
  await expect(session({ sequenceLength: 1e9 })).rejects.toThrow(
    new webrnn.LimitError(
      "1000000000 steps are a dispatch each, 1048576 at most; " +
        "use a shorter sequenceLength, a smaller batchSize or smaller layers.",
    ),
  );
  await expect(session({ batchSize: 1e9 })).rejects.toThrow(
    /^cpu\(\): its plans need \d+ bytes in one piece, .*; use a shorter sequenceLength, a smaller batchSize or smaller layers\.$/,
  );
});

test("a batch with a name that there is not is told of the target too", async () => {
  await expect((await trainer({})).step(wrong({ x: batch.x, targets: batch.target }))).rejects.toThrow(
    'trainer.step: there is no input "targets", only x, target; name one of these.',
  );
});

test("a layer that was not called is told by its kind", async () => {
  expect(() => sequential({ rnn: wrong(lstm) })).toThrow(
    "net is Function; it must be a layer, or made by sequential() or model().",
  );
});
