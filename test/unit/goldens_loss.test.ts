// Cross entropy and CTC against PyTorch, on the CPU: the loss and the gradient of the logits.

import { describe, expect, test } from "vitest";
import { cpuBackends } from "../cpu_kinds.js";
import { cases } from "../fixtures/goldens.js";
import { checkCtc } from "../goldens_ctc_check.js";
import { checkCrossEntropy } from "../goldens_training_check.js";

describe.each(cpuBackends)("$name", ({ backend, forward, backward }) => {
  test.each(cases("cross_entropy"))("$id", async (golden) => {
    const off = await checkCrossEntropy(backend, golden);
    expect(off.compared).toBeGreaterThanOrEqual(2);
    expect(off.forward).toBeLessThanOrEqual(forward);
    expect(off.backward).toBeLessThanOrEqual(backward);
  });

  test.each(cases("ctc"))("$id", async (golden) => {
    const off = await checkCtc(backend, golden);
    expect(off.compared).toBeGreaterThanOrEqual(2);
    expect(off.forward).toBeLessThanOrEqual(forward);
    expect(off.backward).toBeLessThanOrEqual(backward);
  });
});
