// Training against PyTorch, on the CPU: the losses and gradient norms of every step, the first clipped
// gradients, the weights at the end.

import { describe, expect, test } from "vitest";
import { cpuBackends } from "../cpu_kinds.js";
import { cases } from "../fixtures/goldens.js";
import { checkTraining } from "../goldens_training_check.js";

describe.each(cpuBackends)("$name", ({ backend, forward, backward }) => {
  test.each(cases("train"))("$id", async (golden) => {
    const off = await checkTraining(backend, golden);
    expect(off.compared).toBeGreaterThan(10);
    expect(off.forward).toBeLessThanOrEqual(forward);
    expect(off.backward).toBeLessThanOrEqual(backward);
  });
});
