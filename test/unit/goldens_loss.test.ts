// Cross entropy against PyTorch, on the CPU: the loss and the gradient of the logits.

import { describe, expect, test } from "vitest";
import { cpuBackends } from "../cpu_kinds.js";
import { cases, pending } from "../fixtures/goldens.js";
import { checkCrossEntropy } from "../goldens_training_check.js";

describe.each(cpuBackends)("$name", ({ backend, forward, backward }) => {
  test.each(cases("cross_entropy"))("$id", async (golden) => {
    const off = await checkCrossEntropy(backend, golden);
    expect(off.compared).toBeGreaterThanOrEqual(2);
    expect(off.forward).toBeLessThanOrEqual(forward);
    expect(off.backward).toBeLessThanOrEqual(backward);
  });
});

const waiting = pending.filter(({ id }) => id.startsWith("cross_entropy/"));
test.each(waiting)("pending, for want of $reason: $id", ({ id, reason }) => {
  console.log(`pending, for want of ${reason}: ${id}`);
  expect(cases("cross_entropy").map((golden) => golden.id)).not.toContain(id);
});
