// Recurrent layers and cells against PyTorch, on the CPU: outputs, final states, and the gradients of
// everything.

import { describe, expect, test } from "vitest";
import { cpuBackends } from "../cpu_kinds.js";
import { cases } from "../fixtures/goldens.js";
import { checkRecurrent } from "../goldens_check.js";

describe.each(cpuBackends)("$name", ({ backend, forward, backward }) => {
  test.each([...cases("module"), ...cases("packed"), ...cases("cell")])("$id", async (golden) => {
    const off = await checkRecurrent(backend, golden);
    expect(off.compared).toBeGreaterThan(4);
    expect(off.forward).toBeLessThanOrEqual(forward);
    expect(off.backward).toBeLessThanOrEqual(backward);
  });
});
