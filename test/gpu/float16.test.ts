// Matrices stored as float16: forward within what they lose, with gradients of the weights in float32, whichever way a
// layer runs; and training goes on with them.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adam,
  cpu,
  crossEntropy,
  embedding,
  type GpuBackend,
  linear,
  lstm,
  ShapeError,
  sequential,
  squaredError,
  WeightsError,
  webgpu,
} from "../../src/index.js";
import { halfOf } from "../../src/kernels/half.js";
import { calls, difference, floats, parts, textBatches, train } from "../agree_check.js";
import { counting } from "../counting.js";
import { againstFloat32, B, I, nets, T } from "../float16_check.js";
import { numberOf } from "../halves.js";
import { testDevice } from "./device.js";

let gpu: GpuBackend; // of portable limits: without shader-f16
beforeAll(async () => {
  gpu = await webgpu({ limits: "portable" });
});
afterAll(() => gpu.dispose());

describe.each(Object.entries(nets))("%s", (_, net) => {
  test.each(["scan", "step"] as const)("outputs and gradients, by %s", async (strategy) => {
    const { forward, backward } = await againstFloat32(gpu, net, { strategy, storage: "float16" });
    expect(forward.worst, forward.where).toBeLessThanOrEqual(1e-2);
    expect(forward.worst).toBeGreaterThan(1e-7); // something was rounded
    expect(backward.worst, backward.where).toBeLessThanOrEqual(2e-2);
  });
});

test("arithmetic in float16 is refused without shader-f16, by a sentence that says what to do", async () => {
  const asked = { weights: {}, inputs: {}, cotangents: {}, arithmetic: "float16" };
  await expect(calls(gpu).gradients(nets.rnn, asked)).rejects.toThrow(
    new ShapeError(
      'gradients: arithmetic is "float16"; it must be float32 on a device without shader-f16. Leave it out: ' +
        'storage "float16" works everywhere.',
    ),
  );
});

test("what is stored is what a network of rounded weights has", async () => {
  const net = lstm(I, 17);
  const weights = net.initialWeights({ seed: 3 });
  const rounded = new Map(
    [...weights].map(([name, { shape, data }]) => [
      name,
      { shape, data: name.startsWith("weight") ? Float32Array.from(data, (v) => numberOf(halfOf(v))) : data },
    ]),
  );
  const inputs = { x: floats([B, T, I], 1) };
  const want = await calls(cpu()).gradients(net, { weights: rounded, inputs, cotangents: {} });
  const got = await calls(gpu).gradients(net, {
    weights,
    inputs,
    cotangents: {},
    storage: "float16",
  } as never);
  const off = difference(parts(got).forward, parts(want).forward);
  expect(off.worst, off.where).toBeLessThanOrEqual(2e-5);
});

test("training keeps its weights in float32, and packs them in one dispatch", async () => {
  const V = 9;
  const sizes = { batchSize: 3, sequenceLength: 5 };
  const net = sequential({ embed: embedding(V, 6), rnn: lstm(6, 8), head: linear(8, V) });
  const options = { ...sizes, loss: crossEntropy(), optimizer: adam({ lr: 1e-2 }), seed: 1 };
  const batches = textBatches(10, { ...sizes, V });
  const want = await train(cpu(), net, options, batches);
  const got = await train(gpu, net, { ...options, storage: "float16" } as never, batches);
  got.losses.forEach((loss, n) => {
    expect(Math.abs(loss - want.losses[n])).toBeLessThanOrEqual(1e-2);
  });
  expect(got.losses).not.toEqual(want.losses);
  const half = net.plan({ ...options, storage: "float16" } as never).cost();
  const full = net.plan(options as never).cost();
  expect([half.dispatches, half.submits]).toEqual([full.dispatches, 1]);
});

test("a warm step with float16 makes nothing; what is shared says how it is stored", async () => {
  const device = await testDevice();
  const counts = counting(device);
  const own = await webgpu({ device });
  const net = lstm(4, 8);
  const o = { batchSize: 1, sequenceLength: 1, stateful: true } as const;
  const weights = net.initialWeights({ seed: 1 });
  const session = await own.session(net, { ...o, weights, storage: "float16" });
  await session.run({ x: new Float32Array([1, 2, 3, 4]) });
  counts.reset();
  for (let n = 0; n < 5; n += 1) await session.run({ x: new Float32Array([1, 2, 3, 4]) }, []);
  expect(counts.made()).toBe(0);
  await expect(own.session(net, { ...o, weights: session, storage: "float32" })).rejects.toThrow(
    new WeightsError("storage: it is float32; the weights are shared, and stored as float16. Leave it out."),
  );
  own.dispose();
  device.destroy();
});

test("a checkpoint says how weights are stored, those of another too, and goes on so", async () => {
  const net = sequential({ rnn: lstm(4, 8), head: linear(8, 2) });
  const o = { batchSize: 2, sequenceLength: 3, loss: squaredError(), optimizer: adam(), seed: 1 } as const;
  const batch = { x: floats([2, 3, 4], 1), target: floats([2, 3, 2], 2) };
  const first = await gpu.trainer(net, { ...o, storage: "float16" });
  const second = await gpu.trainer(net, { ...o, weights: first, seed: undefined } as never);
  const file = await second.save();
  const resume = { ...o, seed: undefined, resume: file };
  await expect(gpu.trainer(net, { ...resume, storage: "float32" } as never)).rejects.toThrow(
    /the file has weights in float16; this trainer has weights in float32/,
  );
  const third = await gpu.trainer(net, resume as never);
  const losses = [];
  for (const trainer of [second, third]) {
    await trainer.step(batch as never);
    losses.push((await trainer.metrics()).losses[0]);
  }
  expect(losses[0]).toBe(losses[1]);
});
