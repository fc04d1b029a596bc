// Sequences of their own lengths through recurrent layers, pooling, attention, normalization and halves, on the
// CPU: each sequence gives what it gives alone, whatever its padding holds; gradients by central differences.

import { describe, expect, test } from "vitest";
import { calls, deviation } from "../agree_check.js";
import { cpuBackends } from "../cpu_kinds.js";
import { checkDifferences, float64 } from "../differences_check.js";
import {
  alone,
  checkPadding,
  maskedCases,
  otherLengths,
  raggedCases,
  raggedInputs,
} from "../ragged_check.js";

describe.each(raggedCases)("$name", (c) => {
  const weights = c.net.initialWeights({ seed: 2 });

  test.each(cpuBackends)("gives what each sequence gives alone: $name", async ({ backend, forward }) => {
    const run = calls(backend);
    const inputs = raggedInputs(c, Number.NaN);
    const { outputs } = await run.gradients(c.net, { weights, inputs, cotangents: {} });
    let compared = 0;
    for (let b = 0; b < c.batchSize; b += 1) {
      const own = alone(c, b);
      if (!own) continue;
      const want = await run.gradients(c.net, { weights, inputs: own, cotangents: {} });
      const { data, shape } = outputs.y;
      const whole = data.length / shape[0];
      const got = Array.from(data).slice(b * whole, (b + 1) * whole);
      const count = want.outputs.y.data.length;
      expect(deviation(got.slice(0, count), want.outputs.y.data)).toBeLessThanOrEqual(forward);
      expect(got.slice(count).every((v) => v === 0)).toBe(true);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(1);
    expect(Array.from(outputs.y.data).every((v) => Number.isFinite(v))).toBe(true);
  });

  test.each(cpuBackends)("has its gradients whatever padding holds: $name", async (kind) => {
    const off = await checkPadding(c, kind.backend, float64);
    expect(off.compared).toBeGreaterThan(c.net.shapes.size);
    expect(off.forward).toBeLessThanOrEqual(kind.forward);
    expect(off.backward, off.where).toBeLessThanOrEqual(kind.backward);
  });
});

test.each([...raggedCases, ...otherLengths, ...maskedCases])(
  "$name: gradients of central differences",
  async ({ net, inputs, ints, batchSize, sequenceLength }) => {
    const objective = "outputs";
    const o = { net, objective, inputs, tokens: ints, batchSize, sequenceLength, seed: 11 } as const;
    const report = await checkDifferences(o);
    expect(report.worst, report.where).toBeLessThanOrEqual(1e-7);
    expect(report.tensors).toBe(Object.keys(inputs).length + net.shapes.size);
  },
);
