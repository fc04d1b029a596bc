// One order of summation where it is least plain. Few sequences of many units: a step cuts their sums into more parts
// than a scan's workgroup has invocations, and a scan of the same layer into as many. Products of two depths side by
// side: parts are of each one's own depth.

import { expect, test } from "vitest";
import { gru, lstm, type Model, recurrent, rnn } from "../../src/index.js";
import { type DeviceClass, ordinary } from "../../src/plan/device_class.js";
import { calls, difference, floats, parts } from "../agree_check.js";
import { projectedLate } from "../cells_p07.js";
import { backendOf } from "../strategies_check.js";

const [B, T, I] = [2, 3, 3];
/** A dispatch of which has one step. */
const brief = { ...ordinary, longest: 1e-6 };

test.each<readonly [string, object, object]>([
  ["lstm, by lengths", lstm(I, 260), { lengths: { shape: [B], data: Int32Array.of(2, 3) } }],
  ["lstm, projected", lstm(I, 256, { projSize: 100 }), {}],
  ["lstm, normalized", lstm(I, 256, { layerNorm: true }), {}],
  ["gru, reset before", gru(I, 512, { resetAfter: false }), {}],
  ["rnn, both directions", rnn(I, 1_024, { bidirectional: true }), {}],
  ["projected a step late, few units", recurrent(projectedLate, I, 20, { projSize: 5 }), {}],
  ["projected a step late", recurrent(projectedLate, I, 600, { projSize: 250 }), {}],
])("%s: the same bits as a scan and as steps", async (name, layer, more) => {
  const net = layer as Model;
  const weights = net.initialWeights({ seed: 3 });
  const inputs = { x: floats([B, T, I], 1), ...more };
  const D = net.shapes.has("weight_ih_l0_reverse") ? 2 : 1;
  const P = net.shapes.get("weight_hh_l0")?.[1] ?? 0;
  const cotangents = { y: floats([B, T, D * P], 2) };
  const run = async (strategy: string, device: DeviceClass) =>
    parts(await calls(await backendOf(device)).gradients(net, { weights, inputs, cotangents, strategy }));
  const step = await run("step", ordinary);
  for (const device of [ordinary, brief]) {
    const scan = await run("scan", device);
    for (const pass of ["forward", "backward"] as const) {
      const { worst, where, count } = difference(scan[pass], step[pass]);
      expect(count).toBeGreaterThan(1);
      expect(worst, where).toBe(0);
    }
  }
  const sizes = { batchSize: B, sequenceLength: T };
  const print = (how: object): string => net.plan({ ...sizes, ...how } as never).print();
  expect(print({ strategy: "scan", device: brief })).toMatch(/scan of 1 steps a dispatch/);
  if (!name.endsWith("few units"))
    expect(print({ strategy: "step", device: ordinary })).toMatch(/sums in parts/);
});
