// Initial weights: drawn as PyTorch draws them, from the seed and the name alone. (That a trainer of any
// backend begins with them is in test/training_check.ts.)

import { describe, expect, test } from "vitest";
import { embedding, gru, linear, lstm, recurrent, rnn, sequential } from "../../src/index.js";
import { mixed } from "../cells_p07.js";

const net = sequential({
  embed: embedding(300, 40),
  rnn: lstm(40, 64, { numLayers: 2, bidirectional: true }),
  head: linear(128, 90),
});
const weights = net.initialWeights({ seed: 5 });

interface Moments {
  readonly mean: number;
  readonly variance: number;
  readonly kurtosis: number;
  readonly largest: number;
}

function moments(data: Float32Array): Moments {
  const n = data.length;
  const mean = data.reduce((sum, w) => sum + w, 0) / n;
  const central = (power: number): number => data.reduce((sum, w) => sum + (w - mean) ** power, 0) / n;
  const variance = central(2);
  const largest = data.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  return { mean, variance, kurtosis: central(4) / variance ** 2, largest };
}

describe("distributions", () => {
  const all = [...weights].map(([name, { shape, data }]) => ({ name, shape, data }));
  test.each(all.filter(({ name }) => name !== "embed.weight"))(
    "$name is uniform",
    ({ name, shape, data }) => {
      expect(data.length).toBe(shape.reduce((n, d) => n * d, 1));
      const bound = 1 / Math.sqrt(name.startsWith("rnn.") ? 64 : 128);
      const { mean, variance, kurtosis, largest } = moments(data);
      const slack = 5 / Math.sqrt(data.length); // five times what chance allows
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(bound * (1 - 2 * slack));
      expect(Math.abs(mean) / bound).toBeLessThan(slack);
      expect(Math.abs(variance / (bound ** 2 / 3) - 1)).toBeLessThan(slack);
      expect(Math.abs(kurtosis - 9 / 5)).toBeLessThan(2 * slack);
    },
  );

  test("an embedding is normal", () => {
    const { mean, variance, kurtosis, largest } = moments(
      weights.get("embed.weight")?.data ?? new Float32Array(),
    );
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.25);
    expect(largest).toBeGreaterThan(3);
  });

  test("a cell's parameters and matrices are as its other weights", () => {
    const H = 100;
    const drawn = recurrent(mixed, 4, H).initialWeights();
    for (const name of ["p_l0", "q_l0", "m_l0", "k_l0", "weight_ih_l0"]) {
      const { largest } = moments(drawn.get(name)?.data ?? new Float32Array());
      expect(largest, name).toBeLessThanOrEqual(1 / Math.sqrt(H));
      expect(largest, name).toBeGreaterThan(0.9 / Math.sqrt(H));
    }
  });
});

test("no two weights are alike, nor two neighbours within one", () => {
  const first = [...weights.values()].map(({ data }) => data[0]);
  expect(new Set(first).size).toBe(weights.size);
  for (const [name, { data }] of weights) {
    const { mean, variance } = moments(data);
    const together = data.slice(1).reduce((sum, w, k) => sum + (w - mean) * (data[k] - mean), 0);
    expect(Math.abs(together / data.length / variance), name).toBeLessThan(5 / Math.sqrt(data.length));
  }
});

test("the seed and the name decide, nothing else", () => {
  expect(net.initialWeights({ seed: 5 })).toEqual(weights);
  const other = net.initialWeights({ seed: 6 });
  for (const [name, { data }] of weights) expect(other.get(name)?.data[0], name).not.toBe(data[0]);
  const more = sequential({
    embed: embedding(300, 40),
    extra: gru(40, 40),
    rnn: rnn(40, 64),
    head: linear(64, 9),
  });
  expect(more.initialWeights({ seed: 5 }).get("embed.weight")).toEqual(weights.get("embed.weight"));
  expect(net.initialWeights()).toEqual(net.initialWeights({ seed: 0 }));
  const now = 1_764_000_000_000;
  expect(net.initialWeights({ seed: now })).not.toEqual(net.initialWeights({ seed: now + 2 ** 32 }));
  expect(() => net.initialWeights({ seed: 0.5 })).toThrow(
    "initialWeights: seed: the seed is 0.5, it must be an integer; Date.now() is one.",
  );
});

test("they stay what they are, release after release", () => {
  const drawn = sequential({ embed: embedding(2, 2), rnn: rnn(2, 2) }).initialWeights({ seed: 1 });
  const of = (name: string): number[] => [...(drawn.get(name)?.data ?? [])];
  expect(of("embed.weight")).toEqual([
    1.5268173217773438, -2.3623335361480713, 1.0381721258163452, -0.8966911435127258,
  ]);
  expect(of("rnn.weight_hh_l0")).toEqual([
    -0.5422911047935486, -0.28795069456100464, 0.31205788254737854, -0.5780755877494812,
  ]);
});
