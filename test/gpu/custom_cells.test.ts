// Cells of one's own on WebGPU: the same outputs, gradients and losses as on the CPU, and a plan run twice
// gives the same bits.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adam,
  cpu,
  type GpuBackend,
  gru,
  linear,
  lstm,
  type Model,
  recurrent,
  sequential,
  squaredError,
  webgpu,
} from "../../src/index.js";
import { calls, deviation, difference, floats, parts, train } from "../agree_check.js";
import { fed, normed as normedOf, plain } from "../cells_many_states.js";
import {
  chained,
  kinks,
  leaky,
  mgu,
  minGru,
  mixed,
  normed,
  peephole,
  resetBefore,
  smooth,
  threeStates,
} from "../cells_p07.js";

let gpu: GpuBackend;
const float32 = cpu();
beforeAll(async () => {
  gpu = await webgpu({ limits: "portable" });
});
afterAll(() => gpu.dispose());

const [B, T, I, H] = [5, 4, 3, 10];
const cells = {
  mgu,
  peephole,
  resetBefore,
  normed,
  minGru,
  leaky,
  mixed,
  threeStates,
  chained,
  smooth,
  kinks,
};
const statesOf: Record<string, readonly string[]> = { peephole: ["h", "c"], threeStates: ["h", "c", "m"] };

describe.each(Object.entries(cells))("%s", (name, cell) => {
  test.each([
    { bidirectional: false, bias: true },
    { bidirectional: true, bias: false },
  ])("outputs and gradients, bidirectional: $bidirectional", async ({ bidirectional, bias }) => {
    const D = bidirectional ? 2 : 1;
    const options = { numLayers: 2, bias, ...(bidirectional && { bidirectional }) };
    const net: Model = recurrent(cell, I, H, options);
    const states = statesOf[name] ?? ["h"];
    const shape = [2 * D, B, H];
    const inputs = {
      x: floats([B, T, I], 1),
      ...Object.fromEntries(states.map((s, k) => [`${s}0`, floats(shape, 2 + k)])),
    };
    const cotangents = {
      y: floats([B, T, D * H], 11),
      ...Object.fromEntries(states.map((s, k) => [`${s}n`, floats(shape, 12 + k)])),
    };
    const request = { weights: net.initialWeights({ seed: 3 }), inputs, cotangents };
    const got = parts(await calls(gpu).gradients(net, request));
    const want = parts(await calls(float32).gradients(net, request));
    const forward = difference(got.forward, want.forward);
    const backward = difference(got.backward, want.backward);
    expect(forward.worst, forward.where).toBeLessThanOrEqual(2e-5);
    expect(backward.worst, backward.where).toBeLessThanOrEqual(1e-4);
    expect(forward.count).toBe(1 + states.length);
    expect(backward.count).toBe(1 + 2 * states.length + net.shapes.size);
    const again = parts(await calls(gpu).gradients(net, request));
    expect([...again.forward, ...again.backward]).toEqual([...got.forward, ...got.backward]);
  });

  test("five updates", async () => {
    const net = sequential({ rnn: recurrent(cell, I, H) as Model<{ x: Float32Array }>, head: linear(H, 2) });
    const options = {
      batchSize: B,
      sequenceLength: T,
      loss: squaredError(),
      optimizer: adam({ lr: 1e-2 }),
      clipNorm: 1,
      stateful: true,
      seed: 5,
    };
    const batches = Array.from({ length: 5 }, (_, n) => ({
      x: floats([B, T, I], 100 + n),
      target: floats([B, T, 2], 200 + n),
    }));
    const got = await train(gpu, net, options, batches);
    const want = await train(float32, net, options, batches);
    const off = difference(
      [
        ["losses", { shape: [5], data: got.losses }],
        ["norms", { shape: [5], data: got.gradNorms }],
        ...got.weights,
      ],
      [
        ["losses", { shape: [5], data: want.losses }],
        ["norms", { shape: [5], data: want.gradNorms }],
        ...want.weights,
      ],
    );
    expect(off.worst, off.where).toBeLessThanOrEqual(1e-4);
    expect(want.losses[4]).not.toBe(want.losses[0]);
  });
});

test("cells of as many states as 8 buffers allow: passes of many steps, and single ones", async () => {
  for (const cell of [plain(5), fed(4), normedOf(6)]) {
    const net = recurrent(cell, I, H, { bias: false }) as Model;
    const weights = net.initialWeights({ seed: 3 });
    const request = { weights, inputs: { x: floats([B, T, I], 1) }, cotangents: { y: floats([B, T, H], 2) } };
    const [got, want] = await Promise.all(
      [gpu, float32].map(async (backend) => parts(await calls(backend).gradients(net, request))),
    );
    expect(difference(got.forward, want.forward).worst, cell.name).toBeLessThanOrEqual(2e-5);
    expect(difference(got.backward, want.backward).worst, cell.name).toBeLessThanOrEqual(1e-4);

    const one = { weights, batchSize: B, sequenceLength: 1, stateful: true };
    const [ours, theirs] = await Promise.all(
      [gpu, float32].map((backend) => calls(backend).session(net, one)),
    );
    for (let n = 0; n < 3; n += 1) {
      const x = floats([B, 1, I], n);
      const [y, wanted] = [(await ours.run({ x })).y, (await theirs.run({ x })).y];
      expect(deviation(y, wanted), cell.name).toBeLessThanOrEqual(2e-5);
    }
  }
});

test.each([
  { batchSize: 1, hiddenSize: 1, inputSize: 1, sequenceLength: 1 },
  { batchSize: 7, hiddenSize: 65, inputSize: 2, sequenceLength: 3 },
  { batchSize: 3, hiddenSize: 131, inputSize: 67, sequenceLength: 2 },
])("sizes of one, primes, and one above the workgroup: %o", async (size) => {
  const { batchSize, hiddenSize, inputSize, sequenceLength } = size;
  for (const cell of [lstm, gru]) {
    const net: Model = cell(inputSize, hiddenSize, { bidirectional: true });
    const request = {
      weights: net.initialWeights({ seed: 3 }),
      inputs: {
        x: floats([batchSize, sequenceLength, inputSize], 1),
        h0: floats([2, batchSize, hiddenSize], 2),
      },
      cotangents: {
        y: floats([batchSize, sequenceLength, 2 * hiddenSize], 3),
        hn: floats([2, batchSize, hiddenSize], 4),
      },
    };
    const inputs = { ...request.inputs, ...(cell === lstm && { c0: floats([2, batchSize, hiddenSize], 5) }) };
    const got = parts(await calls(gpu).gradients(net, { ...request, inputs }));
    const want = parts(await calls(float32).gradients(net, { ...request, inputs }));
    const forward = difference(got.forward, want.forward);
    const backward = difference(got.backward, want.backward);
    expect(forward.worst, forward.where).toBeLessThanOrEqual(2e-5);
    expect(backward.worst, backward.where).toBeLessThanOrEqual(1e-4);
  }
});
