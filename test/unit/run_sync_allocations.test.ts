// runSync allocates nothing: not by what it computes with, for any kind of cell, and not even before the
// engine has optimized it. An audio thread must not wait for a collection of garbage.

import { setFlagsFromString } from "node:v8";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cpu, gru, linear, lstm, type Model, recurrent, rnn, sequential } from "../../src/index.js";
import { floats } from "../agree_check.js";
import { allocations, fewestAllocations } from "../allocations.js";
import { normed, peephole } from "../cells_p07.js";

const [T, H] = [16, 12];
const layers: Record<string, Model> = {
  rnn: rnn(1, H),
  lstm: lstm(1, H),
  gru: gru(1, H),
  "gru, reset before": gru(1, H, { resetAfter: false }),
  "two layers, both directions": lstm(1, H, { numLayers: 2, bidirectional: true }),
  peephole: recurrent(peephole, 1, H),
};
const withConstants: Record<string, Model> = { normed: recurrent(normed, 1, H) };

/** A call of runSync as a host makes it: everything that it gives is there already. */
async function call(layer: Model, simd: boolean): Promise<() => void> {
  const rec = layer as Model<{ x: Float32Array }>;
  const D = layer === layers["two layers, both directions"] ? 2 : 1;
  const net = sequential({ rec, head: linear(D * H, 1) });
  const session = await cpu({ simd }).session(net, {
    weights: net.initialWeights({ seed: 1 }),
    batchSize: 1,
    sequenceLength: T,
    stateful: D === 1,
  });
  const inputs = { x: floats([1, T, 1], 1).data };
  const outputs = { y: new Float32Array(T) };
  return () => session.runSync(inputs, outputs);
}

test("the profiler sees one small object a call", () => {
  const kept: unknown[] = [];
  let n = 0;
  const run = (isObject: boolean) => () => {
    n += 1;
    kept[0] = isObject ? { n } : n;
  };
  const [found] = Object.values(fewestAllocations(run(true), 1000));
  expect(found).toBeGreaterThanOrEqual(12 * 1000);
  expect(fewestAllocations(run(false), 1000)).toEqual({});
});

describe("before anything is optimized", () => {
  beforeEach(() => setFlagsFromString("--no-opt"));
  afterEach(() => setFlagsFromString("--opt"));

  test.each(Object.entries(layers))("%s", async (_, layer) => {
    const run = await call(layer, true);
    for (let n = 0; n < 200; n += 1) run(); // so that nothing here is new to the engine
    allocations(run, 1); // nor what measures
    expect(allocations(run, 50)).toEqual({});
  });
});

describe.each([true, false])("simd: %s", (simd) => {
  test.each(Object.entries({ ...layers, ...withConstants }))("%s", async (_, layer) => {
    const run = await call(layer, simd);
    expect(fewestAllocations(run, 100)).toEqual({});
  });
});
