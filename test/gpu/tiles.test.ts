// However many sequences an invocation of a step owns, the bits are the same: eight or sixteen, of which the last are not
// there, or one.

import { expect, test } from "vitest";
import { gru, lstm, rnn, webgpu } from "../../src/index.js";
import { type DeviceClass, software } from "../../src/plan/device_class.js";
import { calls, floats } from "../agree_check.js";

/** So many cores that one invocation a sequence is best. */
const wide: DeviceClass = { ...software, cores: 1e6 };
const [B, T, I, H] = [21, 5, 3, 7];

test.each([
  ["rnn", rnn(I, H)],
  ["lstm of two directions", lstm(I, H, { bidirectional: true })],
  ["gru that resets before", gru(I, H, { resetAfter: false })],
  ["normed lstm", lstm(I, H, { layerNorm: true })],
] as const)("%s", async (_, net) => {
  const weights = net.initialWeights({ seed: 1 });
  const lengths = { shape: [B], data: Int32Array.from({ length: B }, (_, b) => (b * 3) % (T + 1)) };
  const features = net.shapes.has("weight_hh_l0_reverse") ? 2 * H : H;
  const results = [];
  for (const costs of [software, wide]) {
    using backend = await webgpu({ costs } as object);
    const how = { weights, strategy: "step", cotangents: { y: floats([B, T, features], 3) } };
    for (const more of [{}, { lengths }]) {
      const inputs = { x: floats([B, T, I], 2), ...more };
      results.push(await calls(backend).gradients(net, { ...how, inputs }));
    }
    const { plan } = await calls(backend).session(net, {
      weights,
      batchSize: B,
      sequenceLength: T,
      strategy: "step",
    });
    expect(plan.print()).toMatch(
      costs === software ? /(8|16) sequences an invocation/ : /1 sequence an invocation/,
    );
  }
  expect(results.slice(0, 2)).toEqual(results.slice(2));
});
