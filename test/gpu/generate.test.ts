// Generation on WebGPU: what every session writes, the tokens that the CPU writes, and how many submits, dispatches
// and read-backs it takes.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  add,
  cpu,
  embedding,
  type GpuBackend,
  gru,
  input,
  linear,
  lstm,
  type Model,
  model,
  rnn,
  sequential,
  webgpu,
} from "../../src/index.js";
import type { DeviceClass } from "../../src/plan/device_class.js";
import { calls } from "../agree_check.js";
import { counting } from "../counting.js";
import { generateSuite, sessionOf, told, writer } from "../generate_check.js";
import { testDevice } from "./device.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

describe("what every session writes", () => generateSuite(() => gpu));

const V = 40;
const text = (layer: object, features: number): Model =>
  sequential({ embed: embedding(V, 8), rnn: layer as Model<{ x: Float32Array }>, head: linear(features, V) });
const nets: readonly (readonly [string, Model, object])[] = [
  ["lstm, two layers", text(lstm(8, 16, { numLayers: 2 }), 16), {}],
  ["gru, reset before", text(gru(8, 12, { resetAfter: false }), 12), {}],
  ["lstm, projected, five layers", text(lstm(8, 16, { numLayers: 5, projSize: 7 }), 7), {}],
  ["a recurrent layer's output", sequential({ embed: embedding(V, 8), rnn: lstm(8, V) }), {}],
  ["rnn, two directions", text(rnn(8, 8, { bidirectional: true }), 16), {}],
  [
    "other inputs held",
    model(
      { embed: embedding(V, 4), mood: linear(2, 4), rnn: gru(4, 9), head: linear(9, V) },
      { x: input.tokens(), z: input.features(2) },
      ({ embed, mood, rnn, head }, { x, z }) => head(rnn(add(embed(x), mood(z))).y),
    ),
    { inputs: { z: { shape: [2, 1, 2], data: Float32Array.of(1, -1, 2, 0) } } },
  ],
];
const samplings = [
  { temperature: 0 },
  { seed: 5 },
  { seed: 6, temperature: 0.8, topK: 8, topP: 0.95 },
  { seed: 7, temperature: 1.3, topP: 0.6, stop: 3 },
];

test.each(nets)("%s: writes what the CPU writes", async (_, net, more) => {
  const request = {
    weights: net.initialWeights({ seed: 2 }),
    batchSize: 3,
    sequenceLength: 1,
    stateful: true,
  };
  const [got, want] = await Promise.all([gpu, cpu()].map((backend) => calls(backend).session(net, request)));
  for (const o of samplings) {
    // of fewer sequences than the session has
    const prompt = { shape: [2, 3], data: Int32Array.of(1, 2, 9, 3, 4, 7) };
    const [one, other] = await Promise.all(
      [got, want].map((session) => told(session, { maxTokens: 70, ...o, ...more, prompt })),
    );
    expect(one.written).toEqual(other.written);
    one.logProbs.flat().forEach((log, k) => {
      expect(log).toBeCloseTo(other.logProbs.flat()[k], 4);
    });
  }
});

test("a large vocabulary, in batches", async () => {
  const net = sequential({ embed: embedding(5_000, 4), rnn: gru(4, 8), head: linear(8, 5_000) });
  const request = {
    weights: net.initialWeights({ seed: 2 }),
    batchSize: 5,
    sequenceLength: 1,
    stateful: true,
  };
  const o = { prompt: [1, 2, 3, 4, 5], maxTokens: 12, topK: 40, seed: 3 };
  const [got, want] = await Promise.all(
    [gpu, cpu()].map(async (backend) => told(await calls(backend).session(net, request), o)),
  );
  expect(got.written).toEqual(want.written);
});

describe("counts", () => {
  test("200 tokens are one submit of one pass and one read-back; warm, it makes nothing", async () => {
    const device = await testDevice();
    const counts = counting(device);
    const backend = await webgpu({ device });
    const session = await sessionOf(backend);
    const o = { prompt: [1, 2], maxTokens: 200, seed: 1 };
    await session.generate(o);
    counts.reset();
    await session.generate(o);
    const perToken = writer.plan({ batchSize: 2, sequenceLength: 1 }).cost().dispatches + 1; // drawn
    expect(counts.all()).toEqual({
      writeBuffer: 4, // the prompt, twice; what is asked; from where on
      createCommandEncoder: 1,
      copyBufferToBuffer: 2 + 1 + 1 + 2, // kept, carried in and out, read
      beginComputePass: 1,
      dispatchWorkgroups: 200 * perToken,
      submit: 1,
      mapAsync: 1,
    });
    counts.reset();
    const { ids, written } = await told(session, { ...o, maxTokens: 80 });
    expect(counts.of("submit")).toBe(3);
    expect(counts.of("mapAsync")).toBe(3);
    expect(counts.of("createBuffer")).toBe(1); // for the piece that is under way while another is read
    expect(ids.map(([id]) => id)).toEqual(written.slice(0, 80));
    counts.reset();
    await told(session, { ...o, maxTokens: 80 });
    expect(counts.made()).toBe(3);
    counts.reset();
    await session.generate({ prompt: Array.from({ length: 2 * 300 }, (_, k) => k % 12), maxTokens: 20 });
    expect(counts.of("submit")).toBe(2 + 1); // 299 tokens that are given, at most 256 at once
    expect(counts.of("mapAsync")).toBe(1);
    const deep = await calls(backend).session(text(lstm(8, 8, { numLayers: 3 }), 8), {
      weights: text(lstm(8, 8, { numLayers: 3 }), 8).initialWeights(),
      ...{ batchSize: 1, sequenceLength: 1, stateful: true },
    });
    counts.reset();
    await deep.generate({ prompt: [1], maxTokens: 10 });
    expect(counts.of("dispatchWorkgroups")).toBe(10 * (deep.plan.cost().dispatches + 1 + 2)); // 6 states, 4 at once
    backend.dispose();
    device.destroy();
  });

  test("no submit is estimated to take longer than the device bears", async () => {
    const device = await testDevice();
    const counts = counting(device);
    const backend = await webgpu({ device });
    const { machine } = backend as unknown as { machine: { costs: DeviceClass } };
    const o = { prompt: [1, 2], maxTokens: 9, seed: 1 };
    const whole = await (await sessionOf(backend)).generate(o);
    machine.costs = { ...machine.costs, longest: 1e-9 };
    const session = await sessionOf(backend);
    counts.reset();
    expect(await session.generate(o)).toEqual(whole);
    expect(counts.of("submit")).toBe(9);
    backend.dispose();
    device.destroy();
  });
});
