// Sequences of their own lengths and masked steps through recurrent layers, pooling, attention, normalization and
// halves: WebGPU against the CPU, outputs and all gradients, whatever padding holds.

import { afterAll, beforeAll, expect, test } from "vitest";
import { cpu, type GpuBackend, input, lstm, model, ShapeError, verify, webgpu } from "../../src/index.js";
import { checkPadding, maskedCases, otherLengths, raggedCases } from "../ragged_check.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

test.each([...raggedCases, ...otherLengths, ...maskedCases])("$name", async (c) => {
  const off = await checkPadding(c, gpu, cpu());
  expect(off.compared).toBeGreaterThan(c.net.shapes.size);
  expect(off.forward).toBeLessThanOrEqual(2e-5);
  expect(off.backward, off.where).toBeLessThanOrEqual(1e-4);
});

test("verify compares every kernel over the steps that there are", async () => {
  for (const { net } of [...raggedCases, ...maskedCases]) {
    const checks = await verify(gpu, net);
    expect(checks.length).toBeGreaterThan(4);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  }
});

test("encode refuses lengths: the host makes a table of them", async () => {
  const bare = lstm(3, 4);
  const declared = model(
    { rnn: bare },
    { x: input.features(3), n: input.lengths() },
    ({ rnn }, { x, n }) => rnn(x, { lengths: n }).y,
  );
  const usage = GPUBufferUsage.STORAGE;
  const [x, n] = [2 * 5 * 3, 2].map((size) => gpu.device.createBuffer({ size: 4 * size, usage }));
  const encoder = gpu.device.createCommandEncoder();
  for (const [net, buffers] of [
    [bare, { x, lengths: n }],
    [declared, { x, n }],
  ] as const) {
    const weights = net.initialWeights();
    using session = await gpu.session(net, { weights, batchSize: 2, sequenceLength: 5 });
    const name = "n" in buffers ? "n" : "lengths";
    expect(() => session.encode(encoder, buffers as never)).toThrow(
      new ShapeError(
        `session.encode: ${name} is a buffer; the host must read it, to make a table of it. Use session.run.`,
      ),
    );
  }
});
