// `memory: "small"` and pre-activations cut over time on a device: the same outputs to the bit, the same
// gradients, and as many bytes as the plan says.

import { afterAll, expect, test } from "vitest";
import { gru, lstm, sgd, squaredError, webgpu } from "webrnn";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import { gradients } from "../../src/gradients.js";
import { networkOf } from "../../src/network/network.js";
import { difference, normals } from "../kernel_cases/case.js";

const gpu = await webgpu({ limits: "portable" });
afterAll(() => gpu.dispose());

const [T, B, I, H] = [11, 5, 3, 9];
const lengths = { shape: [B], data: Int32Array.of(4, 11, 0, 7, 1) };
const x = { shape: [B, T, I], data: normals(B * T * I) };

const nets = {
  "lstm, both directions": lstm(I, H, { numLayers: 2, bidirectional: true, zoneout: 0.1, dropout: 0.3 }),
  "lstm, projected": lstm(I, H, { projSize: 4, recurrentDropout: 0.2, dropConnect: 0.2 }),
  "gru, reset before": gru(I, H, { resetAfter: false, reverse: true }),
};

for (const [name, net] of Object.entries(nets)) {
  const [, widths] = net.shapes.get("weight_hh_l0") ?? []; // R's columns are as many as a direction's outputs
  const shape = [B, T, name.includes("both") ? 2 * widths : widths];
  const weights = net.initialWeights({ seed: 1 });
  const cotangents = {
    y: {
      shape,
      data: normals(
        shape.reduce((a, b) => a * b, 1),
        2,
      ),
    },
  };
  for (const live of name.includes("gru") ? [{}] : [{ lengths }]) {
    test(`${name}${"lengths" in live ? ", lengths" : ""}: in chunks as in one`, async () => {
      const inputs = { x, ...live };
      const request = { weights, inputs, cotangents, seed: 3 };
      const [fast, small] = await Promise.all(
        (["fast", "small"] as const).map((memory) => gpu.gradients(net, { ...request, memory })),
      );
      const machine = await openGpu({ limits: "portable" });
      // as if buffers could be no larger than the output: so are the pre-activations cut
      const largest = 4 * (T + 2) * B * shape[2];
      const narrow = await gradients(machine, networkOf(net), { ...request, largest });
      machine.dispose();
      for (const other of [small, narrow]) {
        expect(other.outputs).toEqual(fast.outputs);
        for (const [key, { data }] of fast.weights) {
          const found = other.weights.get(key)?.data ?? [];
          expect(difference(found, data), key).toBeLessThan(1e-6);
        }
        expect(
          difference((other.inputs as { x: { data: Float32Array } }).x.data, fast.inputs.x.data),
        ).toBeLessThan(1e-6);
      }
    });
  }
}

test("a trainer takes the bytes that its plan says, fast and small", async () => {
  const net = lstm(I, 64, { numLayers: 2 });
  const options = { batchSize: 32, sequenceLength: 100, loss: squaredError(), optimizer: sgd({ lr: 0.1 }) };
  const bytes: number[] = [];
  const told: number[] = [];
  for (const memory of ["fast", "small"] as const) {
    const before = gpu.bytes;
    const trainer = await gpu.trainer(net, { ...options, memory });
    bytes.push(gpu.bytes - before);
    told.push(trainer.plan.cost().memory);
    trainer.dispose();
  }
  const [fast, small] = told;
  expect(bytes[0] - bytes[1]).toBe(fast - small);
  expect(small).toBeLessThan(fast / 2);
});
