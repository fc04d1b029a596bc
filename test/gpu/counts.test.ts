// A training step on WebGPU is one submit of one pass, with the dispatches that its plan says; once warm it
// makes nothing and maps nothing. (Copies and clears stand before or after the pass: WebGPU refuses them
// inside one, and there is only one.)

import { afterEach, expect, test } from "vitest";
import {
  adam,
  crossEntropy,
  embedding,
  type GpuBackend,
  gru,
  linear,
  lstm,
  type Model,
  recurrent,
  sequential,
  webgpu,
} from "../../src/index.js";
import { runBytes } from "../../src/plan/params.js";
import { textBatches } from "../agree_check.js";
import { normed } from "../cells_p07.js";
import { counting } from "../counting.js";
import { testDevice } from "./device.js";

const V = 9;
const sizes = { batchSize: 3, sequenceLength: 5 };
const batches = textBatches(4, { ...sizes, V });

let used: { gpu: GpuBackend; device: GPUDevice } | undefined;
afterEach(() => {
  used?.gpu.dispose();
  used?.device.destroy();
  used = undefined;
});

async function counted() {
  const device = await testDevice();
  const counts = counting(device);
  const gpu = await webgpu({ device });
  used = { gpu, device };
  return { gpu, counts, device };
}

const writer = (layer: object, features: number) =>
  sequential({
    embed: embedding(V, 6),
    rnn: layer as Model<{ x: Float32Array }>,
    head: linear(features, V),
  });
const nets = [
  { name: "one layer", net: writer(lstm(6, 8), 8) },
  { name: "one layer, a loss scale", net: writer(lstm(6, 8), 8), more: { lossScale: 1024 } },
  {
    name: "three layers, two directions, dropout",
    net: writer(gru(6, 8, { numLayers: 3, bidirectional: true, dropout: 0.1 }), 16),
  },
  { name: "a cell of one's own", net: writer(recurrent(normed, 6, 8), 8) },
];

test.each(nets)("$name: a warm step is one submit of one pass and makes nothing", async ({ net, more }) => {
  const { gpu, counts } = await counted();
  const trainer = await gpu.trainer(net, {
    ...sizes,
    loss: crossEntropy(),
    optimizer: adam({ lr: (n) => 0.1 / (n + 1) }),
    clipNorm: 1,
    stateful: true,
    seed: 1,
    ...more,
  });
  const { dispatches, submits } = trainer.plan.cost();
  expect(submits).toBe(1);
  await trainer.step(batches[0]);
  await trainer.metrics();
  counts.reset();
  const steps = 12;
  for (let n = 0; n < steps; n += 1) await trainer.step(batches[n % 4]);
  expect(counts.made()).toBe(0);
  for (const name of ["submit", "createCommandEncoder", "beginComputePass"] as const) {
    expect(counts.of(name), name).toBe(steps);
  }
  expect(counts.of("dispatchWorkgroups")).toBe(steps * dispatches);
  expect(counts.of("copyBufferToBuffer") % steps).toBe(0);
  expect(counts.of("clearBuffer") % steps).toBe(0);
  // x, its order and starts, the target, what each counts, the run's numbers: no weight goes over.
  expect(counts.of("writeBuffer")).toBe(6 * steps);
  const tokens = sizes.batchSize * sizes.sequenceLength;
  expect(counts.bytesWritten()).toBe(steps * (4 * (4 * tokens + (V + 1)) + runBytes));

  counts.reset();
  const { losses } = await trainer.metrics();
  expect(losses.length).toBe(steps);
  expect(counts.all()).toEqual({ createCommandEncoder: 1, copyBufferToBuffer: 1, submit: 1, mapAsync: 1 });
});

test("with groups an update writes their rates too; of several batches each is a submit, the update another", async () => {
  const { gpu, counts } = await counted();
  const trainer = await gpu.trainer(nets[0].net, {
    ...sizes,
    loss: crossEntropy(),
    optimizer: adam(),
    groups: { head: { lr: (n: number) => 0.1 / (n + 1) } },
    freeze: ["embed"],
    accumulate: 3,
    seed: 1,
  } as object as Parameters<typeof gpu.trainer>[1]); // the network is one of many: its names are not known here
  const { dispatches, submits } = trainer.plan.cost();
  expect(submits).toBe(2);
  for (const batch of batches) await trainer.step(batch);
  await trainer.metrics();
  counts.reset();
  for (let n = 0; n < 3; n += 1) await trainer.step(batches[n]);
  expect([trainer.updates, counts.made()]).toEqual([2, 0]);
  for (const name of ["submit", "createCommandEncoder", "beginComputePass"] as const) {
    expect(counts.of(name), name).toBe(3 + 1);
  }
  const update = 2 + 1 + 1; // norm, update, pack
  expect(counts.of("dispatchWorkgroups")).toBe(3 * (dispatches - update) + update);
  // x, target, what each counts (no order of tokens: nobody wants the table's gradient), rates, the run's numbers; the
  // update's
  expect(counts.of("writeBuffer")).toBe(3 * 5 + 1);
});

test("a warm run of a session is one submit, what is read after it included, which is one map", async () => {
  const { gpu, counts } = await counted();
  const net = nets[0].net;
  const trainer = await gpu.trainer(net, { ...sizes, loss: crossEntropy(), optimizer: adam(), seed: 1 });
  const session = await gpu.session(net, {
    weights: trainer,
    batchSize: 1,
    sequenceLength: 1,
    stateful: true,
  });
  await session.run({ x: [1] });
  counts.reset();
  for (let n = 0; n < 5; n += 1) await session.run({ x: [n] }, []);
  expect(counts.made()).toBe(0);
  expect(counts.of("submit")).toBe(5);
  expect(counts.of("beginComputePass")).toBe(5);
  expect(counts.of("dispatchWorkgroups")).toBe(5 * session.plan.cost().dispatches);
  counts.reset();
  await session.run({ x: [1] });
  expect([counts.of("submit"), counts.of("mapAsync"), counts.made()]).toEqual([1, 1, 1]);
});

test("a step of a bare layer is one dispatch, wherever its outputs are read", async () => {
  const { gpu, counts } = await counted();
  const net = lstm(6, 8);
  const x = new Float32Array(6).fill(0.5);
  const session = await gpu.session(net, {
    weights: net.initialWeights(),
    batchSize: 1,
    sequenceLength: 1,
    stateful: true,
  });
  await session.run({ x });
  counts.reset();
  await session.run({ x });
  expect(counts.all()).toEqual({
    writeBuffer: 1,
    createCommandEncoder: 1,
    copyBufferToBuffer: 4 + 3, // states in and out; y, hn, cn
    beginComputePass: 1,
    dispatchWorkgroups: 1, // W x is a product of the step itself
    submit: 1,
    mapAsync: 1,
  });
});

test("several runs in flight: a caller some steps behind makes nothing new and gets them in order", async () => {
  const { gpu, counts } = await counted();
  const net = lstm(6, 8);
  const sizes = { weights: net.initialWeights(), batchSize: 1, sequenceLength: 1, stateful: true };
  const [session, twin] = [await gpu.session(net, sizes), await gpu.session(net, sizes)];
  const xs = Array.from({ length: 12 }, (_, n) => new Float32Array(6).fill(n / 12));
  const behind = 3;
  const got: Float32Array[] = [];
  const steps = async (): Promise<void> => {
    const queued: Promise<{ y: Float32Array }>[] = [];
    for (const x of xs) {
      queued.push(session.run({ x }, ["y"]));
      const [first] = queued.length > behind ? queued.splice(0, 1) : [];
      if (first) got.push((await first).y);
    }
    for (const rest of queued) got.push((await rest).y);
  };
  await steps();
  session.state.reset();
  got.length = 0;
  counts.reset();
  await steps();
  expect(counts.of("mapAsync")).toBe(xs.length);
  expect(counts.made()).toBe(xs.length);
  expect(counts.of("submit")).toBe(xs.length);
  for (const [n, x] of xs.entries()) expect(got[n]).toEqual((await twin.run({ x }, ["y"])).y);
});

test("evaluating makes its plan once", async () => {
  const { gpu, counts } = await counted();
  const options = { ...sizes, loss: crossEntropy(), optimizer: adam(), seed: 1 };
  const trainer = await gpu.trainer(nets[0].net, options);
  const first = await trainer.evaluate(batches);
  const warm = counts.of("createBuffer");
  counts.reset();
  expect(await trainer.evaluate(batches)).toBe(first);
  expect(warm).toBeGreaterThan(0);
  // Each batch's loss is read back by itself; those in flight together have a staging buffer each.
  expect(counts.of("mapAsync")).toBe(4);
  expect(counts.of("createBuffer")).toBeLessThan(4);
  expect(counts.made() - counts.of("mapAsync") - counts.of("createBuffer")).toBe(0);
  expect(counts.of("beginComputePass")).toBe(4);
});

test("what is disposed is destroyed, a borrowed device is not", async () => {
  const { gpu, counts, device } = await counted();
  const options = { ...sizes, loss: crossEntropy(), optimizer: adam(), seed: 1 };
  const trainer = await gpu.trainer(nets[0].net, options);
  expect(gpu.bytes).toBeGreaterThan(0);
  trainer.dispose();
  expect(gpu.bytes).toBe(0);
  gpu.dispose();
  expect(counts.of("destroy")).toBe(0);
  device.pushErrorScope("validation");
  device.createBuffer({ size: 16, usage: 0x0080 }).destroy();
  expect(await device.popErrorScope()).toBe(null);
});
