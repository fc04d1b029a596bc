// Calls that bring less than was declared, on WebGPU: as on any backend; and nothing but uniforms is made for
// them, once.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adam,
  crossEntropy,
  embedding,
  type GpuBackend,
  gru,
  linear,
  sequential,
  webgpu,
} from "../../src/index.js";
import { floats, tokens } from "../agree_check.js";
import { counting } from "../counting.js";
import { sizesSuite } from "../sizes_check.js";
import { testDevice } from "./device.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

describe("sizes", () => sizesSuite(() => gpu));

test("a plan of smaller sizes is made once: uniforms and bind groups; then it is as warm as the first", async () => {
  const device = await testDevice();
  const counts = counting(device);
  const backend = await webgpu({ device });
  const V = 7;
  const net = sequential({ embed: embedding(V, 4), rnn: gru(4, 6), head: linear(6, V) });
  const o = { batchSize: 4, sequenceLength: 8, loss: crossEntropy(), optimizer: adam(), clipNorm: 1 };
  const trainer = await backend.trainer(net, o);
  const batch = (B: number, T: number) => ({ x: tokens([B, T], V, T), target: tokens([B, T], V, B) });
  await trainer.step(batch(4, 8));
  for (const [B, T] of [
    [4, 5],
    [3, 8],
    [1, 1],
  ]) {
    counts.reset();
    await trainer.step(batch(B, T));
    expect(counts.of("createBuffer")).toBe(2); // params, run
    // of fewer sequences, steps and products have other tiles
    expect(counts.of("createComputePipelineAsync")).toBeLessThanOrEqual(B === 4 ? 0 : 8);
    expect(counts.of("submit")).toBe(1);
  }
  counts.reset();
  for (const [B, T] of [
    [4, 5],
    [4, 8],
    [1, 1],
    [3, 8],
    [4, 8],
    [4, 8],
  ]) {
    await trainer.step(batch(B, T));
  }
  expect(counts.made()).toBe(0);
  expect(counts.of("submit")).toBe(6);
  expect(counts.of("beginComputePass")).toBe(6);
  const { losses } = await trainer.metrics();
  expect(losses.length).toBe(10);
  device.destroy();
});

test("an encoder's run is as if no other had been", async () => {
  const net = gru(3, 4, { bidirectional: true });
  const wired = sequential({ rnn: net as never, head: linear(8, 2) });
  const session = await gpu.session(wired, {
    weights: wired.initialWeights({ seed: 1 }),
    batchSize: 2,
    sequenceLength: 5,
  });
  const x = floats([2, 5, 3], 1);
  const want = await session.run({ x });
  await session.run({ x: floats([1, 4, 3], 2) }, []);
  const usage = 0x0080 | 0x0004 | 0x0008; // STORAGE, COPY_SRC, COPY_DST
  const [input, output] = [x.data, want.y].map(({ byteLength }) =>
    gpu.device.createBuffer({ size: byteLength, usage }),
  );
  gpu.device.queue.writeBuffer(input, 0, x.data);
  const copy = gpu.device.createBuffer({ size: output.size, usage: 0x0001 | 0x0008 }); // MAP_READ, COPY_DST
  const encoder = gpu.device.createCommandEncoder();
  session.encode(encoder, { x: input, y: output });
  encoder.copyBufferToBuffer(output, 0, copy, 0, output.size);
  gpu.device.queue.submit([encoder.finish()]);
  await copy.mapAsync(0x0001);
  expect(new Float32Array(copy.getMappedRange().slice(0))).toEqual(want.y);
});
