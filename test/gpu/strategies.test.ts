// All ways to run a recurrent layer give the same bits on one device (test/strategies_check.ts): of a few networks. The
// sweep has all.

import { expect, test } from "vitest";
import { cpu, gru, input, lstm, type Model, model, rnn } from "../../src/index.js";
import { ordinary, software } from "../../src/plan/device_class.js";
import { calls, floats } from "../agree_check.js";
import { backendOf, both, checkStrategies, few } from "../strategies_check.js";

const isBrief = !("document" in globalThis) && process.env.WEBRNN_HOSTS !== "all"; // on other hosts than browsers
checkStrategies(isBrief ? few.slice(0, 2) : few);

test.each([
  ["rnn", rnn(8, 260, { bias: false })],
  ["lstm, projected, both directions", lstm(8, 300, { projSize: 260, ...both })],
  ["gru, reset before", gru(4, 264, { resetAfter: false, numLayers: 2 })],
] as const)("a single step reads W's rows by fours too: %s", async (_, layer) => {
  const net = layer as Model;
  const features = net.shapes.get("weight_ih_l0")?.[1] ?? 0;
  const request = {
    weights: net.initialWeights({ seed: 3 }),
    batchSize: 1,
    sequenceLength: 1,
    stateful: true,
  };
  const gpu = await (await backendOf(software)).session(net, request as never);
  const want = await cpu().session(net, request as never);
  expect(gpu.plan.print()).toMatch(/step\(.*fused.*rows/);
  for (let n = 0; n < 3; n += 1) {
    const { data } = floats([1, 1, features], n + 1);
    const a = (await gpu.run({ x: data } as never)) as unknown as Record<string, Float32Array>;
    const b = (await want.run({ x: data } as never)) as unknown as Record<string, Float32Array>;
    const off = Math.max(...b.y.map((value, k) => Math.abs(value - a.y[k])));
    expect(off).toBeLessThanOrEqual(2e-5);
  }
});

test("a layer that is called for many steps and for one runs each call as it should", async () => {
  const net = model(
    { rnn: lstm(64, 32) },
    { a: input.features(64), b: input.features(64) },
    ({ rnn: layer }, { a, b }) => ({ p: layer(a).y, q: layer(b).y }),
  );
  const request = { weights: net.initialWeights({ seed: 3 }), batchSize: 4, sequenceLength: { a: 40, b: 1 } };
  const inputs = { a: floats([4, 40, 64], 1).data, b: floats([4, 1, 64], 2).data };
  const session = await (await backendOf(ordinary)).session(net, request);
  const want = await (await cpu().session(net, request)).run(inputs);
  const got = await session.run(inputs);
  expect(session.plan.print()).toMatch(
    /layer 0 forward: scan(.|\n)*layer 0 forward, call 2: a dispatch a step/,
  );
  for (const name of ["p", "q"] as const) {
    const off = Math.max(...want[name].map((value, k) => Math.abs(value - got[name][k])));
    expect(off, name).toBeLessThanOrEqual(2e-5);
  }
});

test("a sequence that is not finite leaves its neighbours in a scan's tile alone", async () => {
  const net = lstm(5, 33, { projSize: 32 });
  const x = floats([3, 4, 5], 1);
  x.data.fill(Number.NaN, 20, 40); // of the second sequence
  const request = {
    weights: net.initialWeights({ seed: 3 }),
    inputs: { x },
    cotangents: {},
    strategy: "scan",
  };
  const want = (await calls(cpu()).gradients(net, request)).outputs.y.data;
  for (const registers of [0, 128]) {
    const backend = await backendOf({ ...ordinary, cores: 1, registers });
    const got = (await calls(backend).gradients(net, request)).outputs.y.data;
    Float32Array.from(got).forEach((value, k) => {
      const isOther = k < 4 * 32 || k >= 8 * 32;
      if (isOther) expect(Math.abs(value - want[k])).toBeLessThanOrEqual(2e-5);
      else expect(value).toBeNaN();
    });
  }
});
