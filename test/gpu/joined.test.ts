// Layers that run as one, on WebGPU: the same bits as each by itself, and the numbers of the CPU.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { concat, cpu, type GpuBackend, input, linear, lstm, model, webgpu } from "../../src/index.js";
import { software } from "../../src/plan/device_class.js";
import { calls, difference, floats, parts } from "../agree_check.js";
import { cases, checkJoined, oneCore } from "../joined_check.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu({ costs: oneCore } as object);
});
afterAll(() => gpu.dispose());

describe.each(Object.entries(cases))("%s", (_, one) => {
  test.each(["scan", "step"] as const)("by a %s", async (strategy) => {
    await checkJoined(gpu, one, { strategy });
  });

  test("as on the CPU", async () => {
    const net = one.net();
    const request = { weights: net.initialWeights({ seed: 1 }), inputs: one.inputs };
    const { outputs } = await calls(cpu()).gradients(net, { ...request, cotangents: {} });
    const cotangents = Object.fromEntries(
      Object.entries(outputs).map(([name, { shape }], k) => [name, floats(shape, 21 + k)]),
    );
    const [got, want] = [gpu, cpu()].map(async (backend) =>
      parts(await calls(backend).gradients(net, { ...request, cotangents })),
    );
    expect(difference((await got).forward, (await want).forward).worst).toBeLessThan(2e-5);
    expect(difference((await got).backward, (await want).backward).worst).toBeLessThan(1e-4);
  });
});

test.each([
  ["sums over a subgroup where there are some", oneCore],
  ["rows by fours", software],
])("a single step is one dispatch of both, with the state that it carries: %s", async (_, costs) => {
  const backend = await webgpu({ costs } as object);
  const net = model(
    { a: lstm(4, 8), b: lstm(4, 8), head: linear(16, 2) },
    { x: input.features(4) },
    ({ a, b, head }, { x }) => head(concat(a(x).y, b(x).y)),
  );
  const o = { weights: net.initialWeights({ seed: 1 }), batchSize: 1, sequenceLength: 1, stateful: true };
  const [mine, theirs] = [await backend.session(net, o), await cpu().session(net, o)];
  expect(mine.plan.cost().dispatches).toBe(theirs.plan.cost().dispatches - 3); // W x is a product of the step too
  for (let n = 0; n < 3; n++) {
    const x = floats([1, 1, 4], n).data;
    const [got, want] = [(await mine.run({ x })).y, (await theirs.run({ x })).y];
    for (const [k, value] of got.entries()) expect(value).toBeCloseTo(want[k], 5);
  }
  backend.dispose();
});
