// Where a plan is cut into submits.

import { expect, test } from "vitest";
import { embedding, linear, lstm, sequential } from "../../src/index.js";
import { networkOf } from "../../src/network/network.js";
import { inferencePlan, weightBuffers } from "../../src/network/planner.js";
import { cutsOf } from "../../src/plan/strategy.js";

const net = sequential({ embed: embedding(81, 64), rnn: lstm(64, 512), head: linear(512, 81) });
const sizes = { batchSize: 32, sequenceLength: 256 };

test("no part is estimated to take longer than the bound, and none is empty", () => {
  const network = networkOf(net);
  const { plan } = inferencePlan(network, network.arena, weightBuffers(network.arena), sizes);
  const cuts = cutsOf(plan, 8e-3);
  expect(cuts.length).toBeGreaterThan(2);
  const ends = [0, ...cuts, plan.dispatches.length];
  for (let part = 1; part < ends.length; part++) {
    const dispatches = plan.dispatches.slice(ends[part - 1], ends[part]);
    const seconds = dispatches.reduce((sum, d) => sum + 2e-6 + d.kernel.flops(d.params) / 1e11, 0);
    expect(dispatches.length).toBeGreaterThan(0);
    expect(seconds <= 8e-3 || dispatches.length === 1).toBe(true);
  }
});

test("only an interactive plan is cut", () => {
  expect(net.plan(sizes).cost().submits).toBe(1);
  expect(net.plan({ ...sizes, interactive: true }).cost().submits).toBeGreaterThan(3);
});
