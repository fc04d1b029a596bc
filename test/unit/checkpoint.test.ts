// Checkpoints: what is in the file, what it resumes, what refuses it, and weights as files.

import { describe, expect, test } from "vitest";
import {
  adam,
  adamw,
  cpu,
  crossEntropy,
  defineCell,
  embedding,
  gru,
  linear,
  lstm,
  readSafetensors,
  recurrent,
  sequential,
  sgd,
  squaredError,
  tanh,
  WeightsError,
  writeSafetensors,
} from "../../src/index.js";
import { type DeviceClass, hardware, processor, software } from "../../src/plan/device_class.js";
import { asBefore, ensureRunsAs, type Ran } from "../../src/training/checkpoint.js";
import { type AnyTrainer, calls, difference, floats, textBatches } from "../agree_check.js";

const float32 = cpu();
const [V, H] = [7, 5];
const sizes = { batchSize: 3, sequenceLength: 4 };
const [batch] = textBatches(1, { ...sizes, V });
const net = sequential({ embed: embedding(V, 4), rnn: lstm(4, H), head: linear(H, V) });
const options = { ...sizes, loss: crossEntropy(), optimizer: adam(), stateful: true };
/** Weights of the same names and shapes as an LSTM's. */
const twin = defineCell({
  name: "twin",
  gates: { i: "sum", f: "sum", g: "sum", o: "sum" },
  state: ["h", "c"],
  step: ({ i, f, g, o }, { c }) => ({ h: tanh(o.mul(c)), c: tanh(i.add(f).add(g)) }),
});
const open = (network: object, o: object): Promise<AnyTrainer> =>
  calls(float32).trainer(network as typeof net, o);

async function saved(): Promise<Uint8Array<ArrayBuffer>> {
  const trainer = await open(net, { ...options, seed: 9 });
  await trainer.step(batch);
  return trainer.save();
}

test("weights by their names, moments and state beside them, and of what it was made", async () => {
  const file = readSafetensors(await saved());
  const weights = [...net.shapes.keys()];
  const named = (prefix: string, names: readonly string[]) => names.map((name) => `${prefix}${name}`);
  expect([...file.keys()].sort()).toEqual(
    [...weights, ...named("~m/", weights), ...named("~v/", weights), "~state/rnn.h", "~state/rnn.c"].sort(),
  );
  for (const [name, shape] of net.shapes) {
    expect(file.get(name)?.shape).toEqual(shape);
    expect(file.get(`~v/${name}`)?.shape).toEqual(shape);
  }
  expect(file.get("~state/rnn.c")?.shape).toEqual([1, 3, H]);
  const { facts, ...metadata } = file.metadata;
  expect(metadata).toEqual({
    format: "webrnn checkpoint 1",
    updates: "1",
    seed: "9",
    device: "cpu",
    strategy: "",
    storage: "float32",
    arithmetic: "float32",
    sizes: "[3,4,false]",
    chosen: "rnn layer 0 forward: step of 1, sums in 1\nrnn layer 0 backward: step of 1, sums in 1",
  });
  expect(facts.split("\n")).toEqual([
    "optimizer adam m v",
    "layer embed embedding(7, 4)",
    "layer rnn lstm(4, 5)",
    "layer head linear(5, 7)",
    ...[...net.shapes].map(([name, shape]) => `weight ${name} [${shape.join(", ")}]`),
  ]);
});

test("in float64 nothing is rounded", async () => {
  const float64 = cpu({ precision: "float64" });
  const trainer = await float64.trainer(net, { ...options, seed: 1 });
  await trainer.step(batch);
  const bytes = await trainer.save();
  const file = readSafetensors(bytes);
  for (const [name, { data }] of file) expect(data, name).toBeInstanceOf(Float64Array);
  expect(file.get("rnn.weight_hh_l0")?.data).toEqual((await trainer.weights()).get("rnn.weight_hh_l0")?.data);
  const resumed = await float64.trainer(net, { ...options, resume: bytes });
  expect(await resumed.save()).toEqual(bytes);
});

test("read as weights a checkpoint is weights, also that of a bare layer", async () => {
  const bare = lstm(3, 4);
  const o = { batchSize: 2, sequenceLength: 3 };
  const trainer = await float32.trainer(bare, {
    ...o,
    loss: squaredError(),
    optimizer: adam(),
    stateful: true,
    seed: 1,
  });
  await trainer.step({ x: floats([2, 3, 3], 1), target: floats([2, 3, 4], 2) });
  const session = await float32.session(bare, { ...o, weights: readSafetensors(await trainer.save()) });
  const x = floats([2, 3, 3], 3);
  const shared = await float32.session(bare, { ...o, weights: trainer });
  expect(await session.run({ x })).toEqual(await shared.run({ x }));
});

test("weights go to a file and back, with notes", async () => {
  const weights = net.initialWeights({ seed: 2 });
  const file = readSafetensors(writeSafetensors(weights, { epoch: "3" }));
  expect(file.metadata).toEqual({ epoch: "3" });
  const trainer = await float32.trainer(net, { ...options, weights: file });
  expect(difference(await trainer.weights(), weights)).toMatchObject({ worst: 0, count: weights.size });
});

describe("layers run as they did", () => {
  const ran: Ran = {
    device: "discrete",
    strategy: "",
    storage: "float32",
    arithmetic: "float32",
    sizes: "[1]",
    chosen: "a: scan of 4",
  };
  const request = { batchSize: 1, sequenceLength: 1, optimizer: adam() };

  test("as was asked for the file's trainer, where nothing else is asked", async () => {
    const trainer = await open(net, { ...options, strategy: "scan" });
    await trainer.step(batch);
    const bytes = await trainer.save();
    const resumed = await open(net, { ...options, resume: bytes });
    expect(await resumed.save()).toEqual(bytes);
    expect(readSafetensors(bytes).metadata.chosen).toContain("rnn layer 0 forward: scan of 4");
    expect(resumed.plan.print()).toBe(trainer.plan.print());
    // other sizes are chosen for anew
    const longer = await open(net, { ...options, sequenceLength: 5, resume: bytes });
    expect(longer.plan.print()).toContain("rnn layer 0 forward: scan");
    const asked = await open(net, { ...options, sequenceLength: 5, resume: bytes, strategy: "step" });
    expect(asked.plan.print()).toContain("rnn layer 0 forward: a dispatch a step");
  });

  test("a GPU is taken to be of the class that the file's was of, another machine is of its own", () => {
    const classOf = (device: DeviceClass | undefined, of: string): string | undefined =>
      asBefore({ ...request, device }, { ...ran, device: of }).device?.name;
    expect([classOf(undefined, "discrete"), classOf(hardware[0], "server")]).toEqual(["discrete", "server"]);
    expect([classOf(software, "discrete"), classOf(processor, "server")]).toEqual(["software", "cpu"]);
    expect([classOf(hardware[0], "software"), classOf(hardware[0], "")]).toEqual([
      "integrated",
      "integrated",
    ]);
  });

  test("only of a device of the same class, for the same sizes, are the same choices wanted", () => {
    const other = { ...ran, chosen: "a: step of 1" };
    expect(() => ensureRunsAs(ran, other)).toThrow(WeightsError);
    ensureRunsAs(ran, { ...other, sizes: "[2]" });
    ensureRunsAs(ran, { ...other, device: "cpu" });
    ensureRunsAs(ran, { ...ran, strategy: "scan" });
  });
});

describe("refused, with both sides named", () => {
  const cure = "Give that of the same network and options, or only its weights.";
  const refused: readonly (readonly [string, object, object, string])[] = [
    [
      "another cell",
      sequential({ embed: embedding(V, 4), rnn: gru(4, H), head: linear(H, V) }),
      options,
      "the file has layer rnn lstm(4, 5); this trainer has layer rnn gru(4, 5)",
    ],
    [
      "another cell of the same shapes",
      sequential({
        embed: embedding(V, 4),
        rnn: recurrent(twin, 4, H),
        head: linear(H, V),
      }),
      options,
      "the file has layer rnn lstm(4, 5); this trainer has layer rnn twin(4, 5)",
    ],
    [
      "more layers",
      sequential({ embed: embedding(V, 4), rnn: lstm(4, H, { numLayers: 2 }), head: linear(H, V) }),
      options,
      "the file has nothing more; this trainer has weight rnn.weight_ih_l1 [20, 5]",
    ],
    [
      "another optimizer",
      net,
      { ...options, optimizer: adamw() },
      "the file has optimizer adam m v; this trainer has optimizer adamw m v",
    ],
    [
      "an optimizer without moments",
      net,
      { ...options, optimizer: sgd({ lr: 0.1 }) },
      "the file has optimizer adam m v; this trainer has optimizer sgd",
    ],
    [
      "no state to carry",
      net,
      { ...options, stateful: false },
      "the file has state rnn.h [1, 3, 5]; this trainer has nothing more",
    ],
    [
      "another number of sequences",
      net,
      { ...options, batchSize: 2 },
      "the file has state rnn.h [1, 3, 5]; this trainer has state rnn.h [1, 2, 5]",
    ],
    [
      "another strategy",
      net,
      { ...options, strategy: "scan" },
      "the file has rnn layer 0 forward: step of 1, sums in 1; this trainer has rnn layer 0 forward: scan of 4, sums in 1",
    ],
  ];
  test.each(refused)("%s", async (_, network, o, what) => {
    const resume = await saved();
    const before = float32.bytes;
    const error = await open(network, { ...o, resume }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WeightsError);
    expect((error as Error).message).toBe(`resume: ${what}. ${cure}`);
    expect(float32.bytes).toBe(before);
  });

  test("what is no checkpoint", async () => {
    const bytes = await saved();
    const reasonOf = async (resume: Uint8Array): Promise<Error> => {
      const error = await open(net, { ...options, resume }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(WeightsError);
      return error as Error;
    };
    expect((await reasonOf(writeSafetensors(net.initialWeights()))).message).toBe(
      "resume: the file's format is not said; it must be webrnn checkpoint 1. " +
        "Give what trainer.save() gave; plain weights go into `weights`.",
    );
    expect((await reasonOf(bytes.slice(0, bytes.length - 4))).message).toMatch(
      /^readSafetensors: .*cut short/,
    );
    expect((await reasonOf(new Uint8Array(40))).message).toMatch(/^readSafetensors: .*no safetensors file/);
    const file = readSafetensors(bytes);
    const { updates: _, ...metadata } = file.metadata;
    expect((await reasonOf(writeSafetensors(file, metadata))).message).toBe(
      "resume: the file does not say after how many updates it was made; save it anew.",
    );
    const damaged = new Map([...file].filter(([name]) => name !== "~v/head.bias"));
    expect((await reasonOf(writeSafetensors(damaged, file.metadata))).message).toBe(
      "resume: v of head.bias is damaged; it must be [7]. Save it anew.",
    );
  });
});
