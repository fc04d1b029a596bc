// Optimizers on the CPU against PyTorch; schedules against PyTorch's; and the options that say which weights
// are trained, and how.

import { describe, expect, test } from "vitest";
import { cosine, oneCycle, stepDecay, warmUp } from "../../src/index.js";
import { cpuBackends } from "../cpu_kinds.js";
import fixture from "../fixtures/optimizers/optimizers.json" with { type: "json" };
import { boundedCases, checkBounded, checkOptimizer, optimizerCases } from "../optimizers_check.js";

describe.each(cpuBackends)("$name", ({ name, backend }) => {
  test.each(optimizerCases)("$name", async (one) => {
    const off = await checkOptimizer(backend, one);
    expect(off.metrics).toBeLessThanOrEqual(name === "float64" ? 1e-7 : 1e-5); // they are read in float32
    expect(off.weights).toBeLessThanOrEqual(name === "float64" ? 1e-12 : 1e-5);
  });

  test.each(boundedCases)("$name", async (one) => {
    expect(await checkBounded(backend, one)).toBeLessThanOrEqual(name === "float64" ? 1e-12 : 1e-5);
  });
});

const schedules = [
  stepDecay({ from: 0.1, every: 3, factor: 0.4 }),
  cosine({ from: 0.1, to: 0.01, updates: 9 }),
  warmUp({ to: 0.1, updates: 5, from: 0.025 }),
  warmUp({ to: stepDecay({ from: 0.1, every: 3, factor: 0.4 }), updates: 4, from: 0.025 }),
  oneCycle({ peak: 0.1, updates: 20 }),
  oneCycle({ peak: 0.3, updates: 17, rise: 0.45, from: 0.03, to: 0.0003 }),
];

test.each(fixture.rates.map((one, k) => ({ ...one, schedule: schedules[k] })))(
  "$name $args",
  ({ schedule, rates }) => {
    rates.forEach((rate, update) => {
      expect(Math.abs(schedule(update) - rate), `update ${update}`).toBeLessThanOrEqual(1e-15);
    });
  },
);

test("schedules stay where they end, and rise from a part of where they rise to", () => {
  expect(cosine({ from: 1, to: 0.25, updates: 10 })(1000)).toBe(0.25);
  expect(oneCycle({ peak: 1, updates: 10, to: 0.5 })(1000)).toBe(0.5);
  expect(oneCycle({ peak: 1, updates: 1, to: 0.5 })(0)).toBe(0.5);
  expect([0, 1, 2, 3, 4, 9].map(warmUp({ to: 1, updates: 4 }))).toEqual([0.25, 0.4375, 0.625, 0.8125, 1, 1]);
  const warmed = cosine({ from: 1, updates: 14, warmUp: 4 });
  const cold = cosine({ from: 1, updates: 10 });
  expect([0, 3, 4, 9, 20].map(warmed)).toEqual([0.25, 0.8125, 1, cold(5), 0]);
});
