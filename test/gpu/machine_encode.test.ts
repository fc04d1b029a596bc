// A plan recorded into the caller's encoder, with the caller's buffers: nothing submitted, nothing made when
// warm, and every buffer that will not do refused in words.

import { afterAll, expect, test } from "vitest";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import { DeviceError, DisposedError } from "../../src/errors.js";
import { type Buffer, Plan } from "../../src/plan/plan.js";
import { counting } from "../counting.js";
import { accumulate, scale, smallPlan, someRun } from "../small_kernels.js";
import { testDevice } from "./device.js";

const device = await testDevice();
const counts = counting(device);
const machine = await openGpu({ device });
afterAll(() => device.destroy());

const alignment = device.limits.minStorageBufferOffsetAlignment;
const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;

function gpuBuffer(data: readonly number[], usage: number = STORAGE | COPY_SRC | COPY_DST): GPUBuffer {
  const buffer = device.createBuffer({ size: data.length * 4, usage: usage | COPY_DST });
  device.queue.writeBuffer(buffer, 0, new Float32Array(data));
  return buffer;
}

async function contents(buffer: GPUBuffer, floats: number, offset = 0): Promise<number[]> {
  const staging = device.createBuffer({ size: floats * 4, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, offset, staging, 0, floats * 4);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  return [...new Float32Array(staging.getMappedRange())];
}

/** h += 2 x, then y = h: a state carried on the device, an input and an output. */
function carryPlan() {
  const plan = new Plan();
  const x = plan.buffer("x", [4], "input");
  const h = plan.buffer("h", [4], "state");
  const y = plan.buffer("y", [4], "output");
  plan.dispatch(accumulate, { x, y: h }, { n: 4, factor: 2 });
  plan.dispatch(scale, { x: h, y }, { n: 4, factor: 1 });
  return { plan, x, h, y };
}

test("encode submits nothing, carries the state, and leaves a run's own buffers alone", async () => {
  const { plan, x, h, y } = carryPlan();
  const runnable = await machine.build(plan, new Map());
  runnable.write(x, new Float32Array([1, 1, 1, 1]));
  await runnable.run(someRun());
  const sensors = gpuBuffer([1, 2, 3, 4]);
  const particles = gpuBuffer(Array(68).fill(-1));
  const external = new Map<Buffer, { buffer: GPUBuffer; offset?: number }>([
    [x, { buffer: sensors }],
    [y, { buffer: particles, offset: 256 }],
  ]);
  counts.reset();
  const dropped = device.createCommandEncoder();
  runnable.encode(dropped, external);
  const encoder = device.createCommandEncoder();
  runnable.encode(encoder, external);
  runnable.encode(encoder, external);
  expect(counts.of("submit")).toBe(0);
  expect(counts.of("createBindGroup")).toBe(2);
  expect(counts.of("beginComputePass")).toBe(3);
  device.queue.submit([encoder.finish()]);
  expect(await contents(particles, 68)).toEqual([...Array(64).fill(-1), 6, 10, 14, 18]);
  expect(await contents(sensors, 4)).toEqual([1, 2, 3, 4]);
  expect(await runnable.read([h, y])).toEqual([
    new Float32Array([6, 10, 14, 18]),
    new Float32Array([2, 2, 2, 2]),
  ]);
  counts.reset();
  runnable.encode(device.createCommandEncoder(), external);
  expect(counts.made()).toBe(0);
  runnable.encode(device.createCommandEncoder(), new Map([[x, { buffer: gpuBuffer([0, 0, 0, 0]) }]]));
  expect(counts.of("createBindGroup")).toBe(1);
  runnable.dispose();
});

test("other buffers and other offsets are bound anew", async () => {
  const { plan, x, y } = carryPlan();
  const runnable = await machine.build(plan, new Map());
  const ones = gpuBuffer([1, 1, 1, 1, ...Array(60).fill(0), 5, 5, 5, 5]);
  const twos = gpuBuffer([2, 2, 2, 2]);
  const out = gpuBuffer([0, 0, 0, 0]);
  const expected = [2, 12, 16];
  for (const given of [{ buffer: ones }, { buffer: ones, offset: 256 }, { buffer: twos }]) {
    const encoder = device.createCommandEncoder();
    runnable.encode(
      encoder,
      new Map<Buffer, { buffer: GPUBuffer; offset?: number }>([
        [x, given],
        [y, { buffer: out }],
      ]),
    );
    device.queue.submit([encoder.finish()]);
    expect(await contents(out, 4)).toEqual(Array(4).fill(expected.shift()));
  }
  runnable.dispose();
});

test("a plan's copies go to and from the caller's buffers too", async () => {
  const { plan, x, total, before } = smallPlan();
  const runnable = await machine.build(plan, new Map());
  const own = gpuBuffer([1, 2, 3, 4, 5]);
  const encoder = device.createCommandEncoder();
  runnable.encode(encoder, new Map([[total, { buffer: own }]]));
  device.queue.submit([encoder.finish()]);
  expect(await runnable.read([before, total, x])).toEqual([
    new Float32Array([1, 2, 3, 4, 5]),
    new Float32Array(5),
    new Float32Array(5),
  ]);
  const message =
    "total: the GPUBuffer has usage 136 and 20 bytes from 0 on, it must have usage 132 (128 is STORAGE, 4 COPY_SRC, " +
    `8 COPY_DST) and 20 bytes from a multiple of ${alignment} on; give such a one.`;
  const encode = () =>
    runnable.encode(
      device.createCommandEncoder(),
      new Map([[total, { buffer: gpuBuffer([1, 2, 3, 4, 5], STORAGE) }]]),
    );
  expect(encode).toThrow(DeviceError);
  expect(encode).toThrow(new DeviceError(message));
  runnable.dispose();
});

test("buffers that will not do are refused in words, before anything is recorded", async () => {
  const { plan, x, h, y } = carryPlan();
  const runnable = await machine.build(plan, new Map());
  const refused = (
    external: [Buffer, { buffer: GPUBuffer; offset?: number; size?: number }][],
    message: string,
  ) => {
    counts.reset();
    const encode = () => runnable.encode(device.createCommandEncoder(), new Map(external));
    expect(encode).toThrow(DeviceError);
    expect(encode).toThrow(new DeviceError(message));
    expect(counts.of("beginComputePass")).toBe(0);
  };
  const large = gpuBuffer(Array(128).fill(0));
  const found = (what: string, usage: number, bytes: number, offset: number) =>
    `${what}: the GPUBuffer has usage ${usage} and ${bytes} bytes from ${offset} on, it must have usage 128 ` +
    `(128 is STORAGE, 4 COPY_SRC, 8 COPY_DST) and 16 bytes from a multiple of ${alignment} on; give such a one.`;
  refused([[y, { buffer: gpuBuffer([0, 0, 0, 0], COPY_SRC) }]], found("y", 12, 16, 0));
  refused([[x, { buffer: large, offset: 4 }]], found("x", 140, 508, 4));
  refused([[x, { buffer: gpuBuffer([1, 2]) }]], found("x", 140, 8, 0));
  refused([[x, { buffer: large, offset: 256, size: 12 }]], found("x", 140, 12, 256));
  refused(
    [
      [h, { buffer: large }],
      [y, { buffer: large, offset: 256 }],
    ],
    "y: lies in one GPUBuffer with h, and scale writes it, which WebGPU refuses; give two.",
  );
  runnable.dispose();
  expect(() => runnable.encode(device.createCommandEncoder(), new Map())).toThrow(
    new DisposedError("encode: this plan was disposed; make another."),
  );
  expect(() => machine.ensure("after")).not.toThrow();
});
