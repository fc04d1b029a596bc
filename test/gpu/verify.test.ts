// verify() on WebGPU, where layers run as scans: their kernels leave in memory what the reference does.

import { expect, test } from "vitest";
import { gru, lstm, type Model, recurrent, rnn, verify } from "../../src/index.js";
import { ordinary } from "../../src/plan/device_class.js";
import { mixed } from "../cells_p07.js";
import { maskedCases, raggedCases } from "../ragged_check.js";
import { backendOf } from "../strategies_check.js";

test.each<readonly [string, object]>([
  ["rnn, both directions", rnn(4, 6, { bidirectional: true })],
  ["gru", gru(4, 6)],
  ["gru, reset before", gru(4, 6, { resetAfter: false })],
  ["lstm, two layers", lstm(4, 6, { numLayers: 2 })],
  ["lstm, normalized", lstm(4, 32, { layerNorm: true })],
  ["lstm, projected", lstm(4, 8, { projSize: 3 })],
  ["lstm, peepholes", lstm(4, 8, { peephole: true })],
  ["a cell of one's own", recurrent(mixed, 4, 6)],
])("%s", async (_, net) => {
  const checks = await verify(await backendOf(ordinary), net as Model);
  expect(checks.filter(({ kernel }) => kernel.startsWith("scan"))).toHaveLength(2);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
});

test.each([...raggedCases, ...maskedCases])("$name", async ({ net }) => {
  const checks = await verify(await backendOf(ordinary), net);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
});
