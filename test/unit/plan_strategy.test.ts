// Where a plan is cut into submits: by what its dispatches are estimated to take.

import { expect, test } from "vitest";
import { embedding, linear, lstm, sequential } from "../../src/index.js";
import { networkOf } from "../../src/network/network.js";
import { inferencePlan, weightBuffers } from "../../src/network/planner.js";
import { type DeviceClass, hardware, ordinary, software } from "../../src/plan/device_class.js";
import { Plan } from "../../src/plan/plan.js";
import { cutsOf, secondsOf } from "../../src/plan/strategy.js";
import { accumulate, scale } from "../small_kernels.js";

const net = sequential({ embed: embedding(81, 64), rnn: lstm(64, 512), head: linear(512, 81) });
const sizes = { batchSize: 32, sequenceLength: 256 };

/** What costs round numbers: a second a launch, one a byte, four an operation. */
const plain: DeviceClass = { ...ordinary, launch: 1, bytesPerSecond: 4, flopsPerSecond: 1, longest: 0.1 };

test("a dispatch takes its launch, and its bytes or operations at a quarter of what the device can", () => {
  const plan = new Plan();
  const W = plan.buffer("W", [100], "weights");
  const s = plan.buffer("s", [40]);
  plan.dispatch(accumulate, { x: W, y: s }, { n: 10, factor: 0 });
  plan.dispatch(accumulate, { x: W, y: s }, { n: 10, factor: 1 });
  plan.dispatch(scale, { x: s, y: W }, { n: 1000, factor: 1 });
  plan.dispatch(scale, { x: s, y: W }, { n: 1000, factor: 1 }, 7);
  // weights in full and half of s, which two dispatches share; operations; as it was said
  expect(secondsOf(plan, plain)).toEqual([1 + 4 * 120, 1 + 4 * 120, 1 + 4 * 1000, 7]);
  expect(cutsOf(plan, plain, 1000)).toEqual([2, 3]);
  expect(cutsOf(plan, plain, 4500)).toEqual([2]);
  expect(cutsOf(plan, plain, 481)).toEqual([1, 2, 3]);
  expect(cutsOf(plan, plain, Number.POSITIVE_INFINITY)).toEqual([]);
});

test("no part is estimated to take longer than the bound, and none is empty", () => {
  const network = networkOf(net);
  const { plan } = inferencePlan(network, network.arena, weightBuffers(network.arena), sizes);
  for (const device of [software, ordinary, ...hardware]) {
    const takes = secondsOf(plan, device);
    const total = (seconds: readonly number[]): number => seconds.reduce((a, b) => a + b, 0);
    const bound = Math.max(total(takes) / 10, ...takes);
    const cuts = cutsOf(plan, device, bound);
    expect(cuts.length).toBeGreaterThanOrEqual(2);
    const ends = [0, ...cuts, plan.dispatches.length];
    for (let part = 1; part < ends.length; part++) {
      const seconds = takes.slice(ends[part - 1], ends[part]);
      expect(seconds.length).toBeGreaterThan(0);
      expect(total(seconds)).toBeLessThanOrEqual(bound * (1 + 1e-9));
    }
  }
});

test("a plan is one submit up to 100 ms, or 8 where a page stays interactive; a program on the CPU may take longer", () => {
  const submits = (sequenceLength: number, more: object = {}): number =>
    net.plan({ ...sizes, sequenceLength, ...more }).cost().submits;
  const brief = { device: { ...ordinary, longest: 1e-3 } };
  expect([submits(256), submits(1024), submits(1024, { device: software })].map((n) => n > 1)).toEqual([
    false,
    false,
    true,
  ]);
  expect(submits(1024, { interactive: true })).toBeGreaterThan(3);
  expect(submits(1024, brief)).toBeGreaterThan(8 * 3);
  expect(submits(1024, { ...brief, interactive: true })).toBe(submits(1024, { interactive: true }));
  expect(submits(8, { device: software })).toBe(1);
});
