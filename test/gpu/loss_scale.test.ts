// Loss scaling on WebGPU: that it changes no bits there either, and that both backends scale alike.

import { afterAll, beforeAll, expect, test } from "vitest";
import {
  adam,
  cpu,
  crossEntropy,
  embedding,
  type GpuBackend,
  linear,
  lstm,
  sequential,
  webgpu,
} from "../../src/index.js";
import { deviation, textBatches } from "../agree_check.js";
import { lossScaleSuite } from "../loss_scale_check.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

lossScaleSuite(() => gpu, true);

test("both backends skip the same updates, and learn the same", async () => {
  const sizes = { batchSize: 4, sequenceLength: 6 };
  const net = sequential({ embed: embedding(7, 6), rnn: lstm(6, 5), head: linear(5, 7) });
  const o = { ...sizes, loss: crossEntropy(), optimizer: adam({ lr: 0.02 }), seed: 1, lossScale: 2 ** 80 };
  const trainers = [await gpu.trainer(net, o), await cpu().trainer(net, o)] as const;
  for (const batch of textBatches(40, { ...sizes, V: 7 })) for (const one of trainers) await one.step(batch);
  const [got, want] = [await trainers[0].metrics(), await trainers[1].metrics()];
  expect(want.skipped).toBeGreaterThan(10);
  expect(want.skipped).toBeLessThan(25);
  expect([got.skipped, got.lossScale]).toEqual([want.skipped, 2 ** (80 - want.skipped)]);
  expect(got.lossScale).toBe(want.lossScale);
  expect(deviation(got.losses, want.losses)).toBeLessThanOrEqual(1e-5);
  expect(want.losses[39]).toBeLessThan(want.losses[0]);
});
