// Sessions on WebGPU: what every session does; wirings as on the CPU; and encode, which records into an
// application's encoder.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  cpu,
  DisposedError,
  type GpuBackend,
  gru,
  LimitError,
  lstm,
  sgd,
  squaredError,
  webgpu,
} from "../../src/index.js";
import { calls, difference, floats, parts, tokens } from "../agree_check.js";
import { sessionSuite } from "../session_check.js";
import { wirings } from "../wirings.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

describe("what every session does", () => sessionSuite(() => gpu));

test.each(wirings)("$name: as on the CPU", async ({ net, inputs, tokens: ids = {} }) => {
  const given = [
    ...Object.entries(inputs).map(([name, shape], k) => [name, floats(shape, k)] as const),
    ...Object.entries(ids).map(([name, { shape, V }], k) => [name, tokens(shape, V, k)] as const),
  ];
  const request = { weights: net.initialWeights({ seed: 2 }), inputs: Object.fromEntries(given) };
  const { outputs } = await calls(cpu()).gradients(net, { ...request, cotangents: {} });
  const cotangents = Object.fromEntries(
    Object.entries(outputs).map(([name, { shape }], k) => [name, floats(shape, 20 + k)]),
  );
  const [got, want] = await Promise.all(
    [gpu, cpu()].map(async (backend) =>
      parts(await calls(backend).gradients(net, { ...request, cotangents })),
    ),
  );
  const [forward, backward] = [
    difference(got.forward, want.forward),
    difference(got.backward, want.backward),
  ];
  expect(forward.worst, forward.where).toBeLessThanOrEqual(2e-5);
  expect(backward.worst, backward.where).toBeLessThanOrEqual(1e-4);
  expect(backward.count).toBeGreaterThan(net.shapes.size);
});

describe("encode", () => {
  const [B, I, H] = [5, 3, 4];
  const net = lstm(I, H);
  const weights = net.initialWeights({ seed: 1 });
  const usage = 0x0080 | 0x0004 | 0x0008; // STORAGE, COPY_SRC, COPY_DST
  const x = floats([B, 1, I], 3).data;

  const bufferOf = (data: Float32Array): GPUBuffer => {
    const buffer = gpu.device.createBuffer({ size: data.byteLength, usage });
    gpu.device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
    return buffer;
  };
  /** For a result: nothing may be copied to it. */
  const resultOf = (size: number): GPUBuffer =>
    gpu.device.createBuffer({ size: 4 * size, usage: 0x0080 | 0x0004 });
  async function contents(buffer: GPUBuffer): Promise<Float32Array> {
    const copy = gpu.device.createBuffer({ size: buffer.size, usage: 0x0001 | 0x0008 }); // MAP_READ, COPY_DST
    const encoder = gpu.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
    gpu.device.queue.submit([encoder.finish()]);
    await copy.mapAsync(0x0001);
    const data = new Float32Array(copy.getMappedRange().slice(0));
    copy.destroy();
    return data;
  }

  test("the caller's buffers, one at an offset: the bits of run, step after step", async () => {
    const sizes = { weights, batchSize: B, sequenceLength: 1, stateful: true };
    const session = await gpu.session(net, sizes);
    const twin = await gpu.session(net, sizes);
    const [input, output] = [bufferOf(x), resultOf(256 + B * H)];
    for (let n = 0; n < 3; n += 1) {
      const encoder = gpu.device.createCommandEncoder();
      session.encode(encoder, { x: input, y: { buffer: output, offset: 1024 } });
      gpu.device.queue.submit([encoder.finish()]);
      const { y } = await twin.run({ x });
      expect((await contents(output)).subarray(256)).toEqual(y);
    }
    const both = gpu.device.createCommandEncoder();
    for (let n = 0; n < 2; n += 1) session.encode(both, { x: input, y: { buffer: output, offset: 1024 } });
    gpu.device.queue.submit([both.finish()]);
    await twin.run({ x }, []);
    expect((await contents(output)).subarray(256)).toEqual((await twin.run({ x })).y);
    expect(await session.state.read()).toEqual(await twin.state.read());
    expect((await session.run({ x })).y).toEqual((await twin.run({ x })).y);
    expect((await contents(output)).subarray(0, 256)).toEqual(new Float32Array(256));
  });

  test("an encoder that is dropped has changed nothing", async () => {
    const sizes = { weights, batchSize: B, sequenceLength: 1, stateful: true };
    const session = await gpu.session(net, sizes);
    const input = bufferOf(x);
    const { y } = await session.run({ x });
    session.state.reset();
    session.encode(gpu.device.createCommandEncoder(), { x: input });
    expect((await session.run({ x })).y).toEqual(y);
  });

  test("two runs in one encoder, of a sequence, with initial states", async () => {
    const T = 4;
    const layer = gru(I, H, { bidirectional: true });
    const session = await gpu.session(layer, {
      weights: layer.initialWeights(),
      batchSize: B,
      sequenceLength: T,
    });
    const [long, h0] = [floats([B, T, I], 5).data, floats([2, B, H], 6).data];
    const [one, two] = [bufferOf(new Float32Array(B * T * 2 * H)), bufferOf(new Float32Array(2 * B * H))];
    const encoder = gpu.device.createCommandEncoder();
    const [input, state] = [bufferOf(long), bufferOf(h0)];
    session.encode(encoder, { x: input, h0: state, y: one });
    session.encode(encoder, { x: input, h0: state, hn: two });
    gpu.device.queue.submit([encoder.finish()]);
    const want = await session.run({ x: long, h0 });
    expect(await contents(one)).toEqual(want.y);
    expect(await contents(two)).toEqual(want.hn);
    // Left out, an initial state is zero, whatever a run before had.
    const again = gpu.device.createCommandEncoder();
    session.encode(again, { x: input, y: one });
    gpu.device.queue.submit([again.finish()]);
    expect(await contents(one)).toEqual((await session.run({ x: long })).y);
  });

  test("buffers that will not do are refused by name", async () => {
    const session = await gpu.session(net, { weights, batchSize: B, sequenceLength: 1 });
    const encoder = gpu.device.createCommandEncoder();
    const encode = (buffers: object) => () => session.encode(encoder, buffers as never);
    expect(encode({})).toThrow("session.encode: x is missing; it must be [5, 1, 3].");
    expect(encode({ x: bufferOf(x), z: bufferOf(x) })).toThrow(
      'session.encode: there is no input or output "z", only x, h0, c0, y, hn, cn; name one of these.',
    );
    const small = bufferOf(new Float32Array(4));
    expect(encode({ x: small })).toThrow(/^x: .* 16 bytes from 0 on, it must have .* 60 bytes/);
    expect(encode({ x: { buffer: bufferOf(new Float32Array(64)), offset: 20 } })).toThrow(
      /^x: .* 236 bytes from 20 on, it must have .* 60 bytes from a multiple of \d+ on/,
    );
  });
});

describe("what cannot be", () => {
  test("sizes over the device's limits are refused before anything is allocated", async () => {
    const small = await webgpu({ limits: "portable" });
    const net = lstm(16, 64);
    const open = small.session(net, {
      weights: net.initialWeights(),
      batchSize: 200_000,
      sequenceLength: 4,
    });
    await expect(open).rejects.toThrow(
      /^\w+ \[.*\]: needs a maxStorageBufferBindingSize of \d+, this device grants 134217728; use a shorter sequenceLength, /,
    );
    await expect(open).rejects.toBeInstanceOf(LimitError);
    expect(small.bytes).toBe(0);
    small.dispose();
  });

  test("what is pending when its owner is disposed rejects with the reason", async () => {
    const own = await webgpu();
    const net = gru(3, 4);
    const options = { batchSize: 2, sequenceLength: 3, stateful: true };
    const trainer = await own.trainer(net, { ...options, loss: squaredError(), optimizer: sgd({ lr: 0.1 }) });
    const session = await own.session(net, { ...options, weights: net.initialWeights() });
    const batch = { x: floats([2, 3, 3], 1), target: floats([2, 3, 4], 2) };
    await trainer.step(batch);
    const pending = {
      "trainer.metrics": trainer.metrics(),
      "trainer.weights": trainer.weights(),
      "trainer.save": trainer.save(),
      "trainer.evaluate": trainer.evaluate(batch),
      "session.run": session.run({ x: batch.x }),
    };
    trainer.dispose();
    session.dispose();
    for (const [where, promise] of Object.entries(pending)) {
      const error = await (promise as Promise<unknown>).catch((reason: unknown) => reason);
      expect(error, where).toBeInstanceOf(DisposedError);
      expect((error as Error).message).toMatch(
        new RegExp(`^${where}: this (trainer|session) was disposed; `),
      );
    }
    own.dispose();
    await expect(own.session(net, { ...options, weights: net.initialWeights() })).rejects.toThrow(
      /^backend\.session: this backend was disposed; make another/,
    );
  });

  test("a backend that goes takes along what was made on it", async () => {
    const own = await webgpu();
    const net = gru(3, 4);
    const session = await own.session(net, {
      weights: net.initialWeights(),
      batchSize: 2,
      sequenceLength: 3,
    });
    const pending = session.run({ x: floats([2, 3, 3], 1) });
    own.dispose();
    await expect(pending).rejects.toBeInstanceOf(DisposedError);
    await expect(session.run({ x: floats([2, 3, 3], 1) })).rejects.toThrow(
      /^session\.run: this backend was disposed; make another/,
    );
    session.dispose();
    expect(own.bytes).toBe(0);
  });
});
