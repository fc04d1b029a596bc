// Pooling, attention, layer normalization and halves on WebGPU against the CPU: outputs and all gradients.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cpu, type GpuBackend, webgpu } from "../../src/index.js";
import { calls, difference, floats, parts } from "../agree_check.js";
import { inputsOf, stepsCases } from "../steps_check.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu();
});
afterAll(() => gpu.dispose());

describe.each(stepsCases)("$name", ({ net, ...c }) => {
  test("gives what the CPU gives", async () => {
    const inputs = inputsOf({ net, ...c });
    const weights = net.initialWeights({ seed: 3 });
    const shapes = (await calls(cpu()).gradients(net, { weights, inputs, cotangents: {} })).outputs;
    const cotangents = Object.fromEntries(
      Object.entries(shapes).map(([name, { shape }]) => [name, floats(shape, 9)]),
    );
    const request = { weights, inputs, cotangents };
    const want = parts(await calls(cpu()).gradients(net, request));
    const got = parts(await calls(gpu).gradients(net, request));
    expect(difference(got.forward, want.forward).worst).toBeLessThanOrEqual(2e-5);
    const backward = difference(got.backward, want.backward);
    expect(backward.count).toBe(Object.keys(c.inputs).length + net.shapes.size);
    expect(backward.worst, backward.where).toBeLessThanOrEqual(1e-4);
  });
});
