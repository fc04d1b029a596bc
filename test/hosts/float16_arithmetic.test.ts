// Products in float16, where the device has it: kernels of every tile, exact as far as float16 is; layers and training
// within what it loses. The class of device is one for which it always pays.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCpu } from "../../src/backends/cpu/open.js";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import {
  adam,
  crossEntropy,
  embedding,
  type GpuBackend,
  linear,
  lstm,
  type Model,
  sequential,
  sgd,
  squaredError,
  webgpu,
} from "../../src/index.js";
import { floats, textBatches, train } from "../agree_check.js";
import { againstFloat32, B, nets, T } from "../float16_check.js";
import { testDevice } from "../gpu/device.js";
import { difference, onMachine } from "../kernel_cases/case.js";
import { float16Cases, float16Exact } from "../kernel_cases/matmul.js";
import { eager } from "./eager.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu({ costs: eager } as object);
});
afterAll(() => gpu.dispose());

describe("kernels", async () => {
  const machine = await openGpu();
  const reference = openCpu({ simd: false });
  afterAll(() => machine.dispose());

  test.each(float16Cases.map((c) => [c.title, c] as const))("%s: rounded", async (_, c) => {
    const [want, got] = [await onMachine(reference, c, 2), await onMachine(machine, c, 2)];
    expect(difference(got.C, want.C)).toBeLessThanOrEqual(3e-3);
    expect(difference(got.C, want.C)).toBeGreaterThan(1e-5);
  });

  test.each(float16Exact.map((c) => [c.title, c] as const))("%s: exact", async (_, c) => {
    for (const runs of [1, 2]) {
      const [want, got] = [await onMachine(reference, c, runs), await onMachine(machine, c, runs)];
      expect(difference(got.C, want.C), `after ${runs} runs`).toBeLessThanOrEqual(1e-5);
    }
  });
});

describe.each(Object.entries(nets))("%s", (_, net) => {
  test.each(["scan", "step"] as const)("outputs and gradients, by %s", async (strategy) => {
    const { forward, backward } = await againstFloat32(gpu, net, { strategy, arithmetic: "float16" });
    expect(forward.worst, forward.where).toBeLessThanOrEqual(1e-2);
    expect(backward.worst, backward.where).toBeLessThanOrEqual(2e-2);
    expect(forward.worst).toBeGreaterThan(1e-5);
  });
});

const zeros = (shape: readonly number[]) => new Float32Array(shape.reduce((n, d) => n * d, 1));

describe("training", () => {
  const V = 24;
  const sizes = { batchSize: 8, sequenceLength: 16 };
  const net = sequential({ embed: embedding(V, 16), rnn: lstm(16, 32), head: linear(32, V) }) as Model;
  const options = { ...sizes, loss: crossEntropy(), optimizer: adam({ lr: 1e-2 }), seed: 1 };
  const half = { ...options, storage: "float16" };
  const batches = textBatches(20, { ...sizes, V });

  test("losses of 20 steps are float32's, to 1e-2; forward and backward are in float16", async () => {
    const want = await train(gpu, net, options, batches);
    const got = await train(gpu, net, half, batches);
    expect(got.losses.length).toBe(20);
    got.losses.forEach((loss, n) => {
      expect(Math.abs(loss - want.losses[n])).toBeLessThanOrEqual(1e-2);
    });
    const trainer = await gpu.trainer(net, half as never);
    const products = trainer.plan.print().match(/matmul.* in float16/g) ?? [];
    // W x, the head; gradients of the head's weights and input, of W and of R, of x
    expect(products.length).toBe(7);
    trainer.dispose();
  });

  test("goes on from a checkpoint by the same arithmetic", async () => {
    const losses = async (o: object, some: typeof batches) => {
      const trainer = await gpu.trainer(net, o as never);
      for (const batch of some) await trainer.step(batch as never);
      return { losses: [...(await trainer.metrics()).losses], file: await trainer.save() };
    };
    const whole = await losses(half, batches.slice(0, 4));
    const { file } = await losses(half, batches.slice(0, 2));
    const resumed = await losses({ ...options, seed: undefined, resume: file }, batches.slice(2, 4));
    expect(resumed.losses).toEqual(whole.losses.slice(2));
    // a device that has none is another one: it goes on, but not to the bit
    const portable = await webgpu({ limits: "portable", costs: eager } as object);
    const there = { ...options, seed: undefined, resume: file };
    const { losses: others } = await train(portable, net, there, batches.slice(2, 4));
    others.forEach((loss, n) => {
      expect(Math.abs(loss - whole.losses[2 + n])).toBeLessThanOrEqual(1e-2);
    });
    portable.dispose();
  });

  test("gradients too small for float16 are had by lossScale", async () => {
    const one = linear(16, 64) as Model;
    const weights = new Map([...one.shapes].map(([name, shape]) => [name, { shape, data: zeros(shape) }]));
    const o = {
      batchSize: B,
      sequenceLength: T,
      loss: squaredError(),
      optimizer: sgd({ lr: 1e-3 }),
      weights,
    };
    const target = floats([B, T, 64], 2);
    const batch = { x: floats([B, T, 16], 1), target: { ...target, data: target.data.map((v) => 3e-6 * v) } };
    const norm = async (how: object) => (await train(gpu, one, { ...o, ...how }, [batch])).gradNorms[0];
    const want = await norm({});
    expect(await norm({ arithmetic: "float16", lossScale: 1 })).toBeLessThan(want / 10);
    for (const more of [{ lossScale: 2 ** 16 }, {}]) {
      const got = await norm({ arithmetic: "float16", ...more });
      expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-2 * want);
    }
  });

  test("what is beyond float16 is infinite, and its update is left out", async () => {
    const one = linear(16, 64);
    const o = { batchSize: B, sequenceLength: T, loss: squaredError(), optimizer: sgd({ lr: 1 }) };
    const trainer = await gpu.trainer(one, { ...o, arithmetic: "float16" });
    const x = { shape: [B, T, 16], data: new Float32Array(B * T * 16).fill(7e4) };
    await trainer.step({ x, target: { shape: [B, T, 64], data: new Float32Array(B * T * 64) } });
    expect(await trainer.metrics()).toMatchObject({ skipped: 1, lossScale: 2 ** 15 }); // of 2 ** 16, unless given
    trainer.dispose();
  });
});

test("a device of the caller's own has it if it was asked for", async () => {
  const device = await testDevice();
  const own = await webgpu({ device, costs: eager } as object);
  const o = { batchSize: B, sequenceLength: T, weights: nets.rnn.initialWeights() };
  const print = async (how: object): Promise<string> =>
    (await own.session(nets.rnn, { ...o, ...how } as never)).plan.print();
  expect(await print({ arithmetic: "float16" })).toContain("in float16");
  expect(await print({ storage: "float16" })).toContain("in float16");
  expect(await print({ storage: "float16", arithmetic: "float32" })).not.toContain("in float16");
  expect(await print({})).not.toContain("in float16");
  own.dispose();
  device.destroy();
});
