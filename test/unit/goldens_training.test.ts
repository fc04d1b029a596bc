// Training against PyTorch, on the CPU: the losses and gradient norms of every step, the first clipped
// gradients, the weights at the end.

import { describe, expect, test } from "vitest";
import { cpuBackends } from "../cpu_kinds.js";
import { cases, pending } from "../fixtures/goldens.js";
import { checkTraining } from "../goldens_training_check.js";

describe.each(cpuBackends)("$name", ({ backend, forward, backward }) => {
  test.each(cases("train"))("$id", async (golden) => {
    const off = await checkTraining(backend, golden);
    expect(off.compared).toBeGreaterThan(10);
    expect(off.forward).toBeLessThanOrEqual(forward);
    expect(off.backward).toBeLessThanOrEqual(backward);
  });
});

const waiting = pending.filter(({ id }) => id.startsWith("e2e/"));
test.each(waiting)("pending, for want of $reason: $id", ({ id, reason }) => {
  console.log(`pending, for want of ${reason}: ${id}`);
  expect(cases("train").map((golden) => golden.id)).not.toContain(id);
});
