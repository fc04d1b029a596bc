// plan.cost({ lengths }): floating-point operations of the steps that there are, as a closed formula; what is
// counted is what runs.

import { describe, expect, test } from "vitest";
import {
  adam,
  cpu,
  crossEntropy,
  embedding,
  gru,
  linear,
  lstm,
  type Model,
  pool,
  sequential,
  squaredError,
} from "../../src/index.js";
import { processor } from "../../src/plan/device_class.js";

const [B, T, I, H] = [4, 7, 3, 5];
const sizes = { batchSize: B, sequenceLength: T };
const full = [T, T, T, T];

/** Operations with these lengths, less those of no step at all. */
function useful(net: Model, o: object, lengths: readonly number[]): number {
  const plan = net.plan({ ...sizes, ...o } as Parameters<Model["plan"]>[0]);
  return plan.cost({ lengths }).flops - plan.cost({ lengths: [0, 0, 0, 0] }).flops;
}

describe.each([
  { name: "inference", o: {} },
  { name: "training", o: { loss: squaredError(), optimizer: adam() } },
])("$name", ({ o }) => {
  test.each([
    { name: "lstm", net: lstm(I, H) },
    { name: "two layers, both directions", net: gru(I, H, { numLayers: 2, bidirectional: true }) },
    { name: "a projection", net: lstm(I, H, { projSize: 2 }) },
  ])("of $name goes as the number of steps, in any order", ({ net }) => {
    const alone = (length: number): number => useful(net, o, [length, 0, 0, 0]);
    const [first, step] = [alone(1), alone(2) - alone(1)];
    expect(first).toBeGreaterThan(0);
    // no gradient goes back from a sequence's first step
    if ("loss" in o) expect(step).toBeGreaterThanOrEqual(first);
    else expect(step).toBe(first);
    for (let length = 3; length < T; length += 1) expect(alone(length)).toBe(first + (length - 1) * step);
    for (const lengths of [full, [7, 1, 0, 3], [0, 3, 7, 1], [2, 2, 2, 2]]) {
      expect(useful(net, o, lengths)).toBe(lengths.reduce((sum, length) => sum + alone(length), 0));
    }
  });
});

test("one step of an LSTM: its two products, its biases and its equations", () => {
  const net = lstm(I, H);
  const whole = net.plan(sizes).cost().flops;
  const step = useful(net, {}, [1, 0, 0, 0]);
  // without lengths all steps are made, by the same count
  expect(whole).toBe(B * T * step + net.plan(sizes).cost({ lengths: [0, 0, 0, 0] }).flops);
  const products = 2 * 4 * H * (I + H);
  expect(step).toBeGreaterThanOrEqual(products);
  expect(step - products).toBeLessThanOrEqual(2 * 4 * H + 60 * H);
  const wide = useful(lstm(I + 1, H), {}, [1, 0, 0, 0]);
  expect(wide - step).toBe(2 * 4 * H);
});

test("pooling goes over the steps that there are", () => {
  const rnn = lstm(I, H);
  const head = linear(H, 2);
  for (const how of ["last", "mean", "max"] as const) {
    const pooled = sequential({ rnn, pool: pool(how), head });
    const step = useful(pooled, {}, [1, 0, 0, 0]) - useful(rnn, {}, [1, 0, 0, 0]);
    expect(step).toBe(H);
    expect(useful(pooled, {}, [3, 0, 7, 2])).toBe(12 * useful(pooled, {}, [1, 0, 0, 0]));
  }
});

test("of a trainer and a session as of the plan made without a device; updates go on costing", async () => {
  const net = sequential({ embed: embedding(9, I), rnn: lstm(I, H), head: linear(H, 9) });
  const how = { ...sizes, strategy: "step" } as const;
  const o = { ...how, loss: crossEntropy(), optimizer: adam() };
  const there = { device: processor }; // where plans without a device are for
  const lengths = Int32Array.of(7, 0, 2, 5);
  const backend = cpu();
  const trainer = await backend.trainer(net, o);
  const session = await backend.session(net, { ...how, weights: trainer });
  expect(trainer.plan.cost({ lengths })).toEqual(net.plan({ ...o, ...there }).cost({ lengths }));
  expect(session.plan.cost({ lengths })).toEqual(net.plan({ ...how, ...there }).cost({ lengths }));
  expect(trainer.plan.cost({ lengths }).flops).toBeLessThan(trainer.plan.cost().flops);
  const split = net.plan({ ...o, ...there, accumulate: 2 } as typeof o);
  expect(split.cost({ lengths: full }).memory).toBeGreaterThan(split.cost().memory); // the table
  expect(split.cost({ lengths }).dispatches).toBe(split.cost({ lengths: full }).dispatches);
});

test("lengths that do not fit, or that nobody takes, are refused", () => {
  const plan = lstm(I, H).plan(sizes);
  expect(() => plan.cost({ lengths: [1, 2, 8, 1] })).toThrow(
    "plan.cost: lengths has 8 at 2; lengths must be from 0 to 7, the steps that there are.",
  );
  expect(() => plan.cost({ lengths: [1, 2] })).toThrow(/^plan.cost: lengths: it is Array of 2, /);
  expect(() => linear(I, H).plan(sizes).cost({ lengths: full })).toThrow(
    "plan.cost: lengths are given; the network must take lengths. Leave them out.",
  );
});
