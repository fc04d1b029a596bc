// Recurrent layers, cells and layer normalization against PyTorch, on the CPU: outputs, final states, and
// the gradients of everything.

import { describe, expect, test } from "vitest";
import { cpuBackends } from "../cpu_kinds.js";
import { cases } from "../fixtures/goldens.js";
import { checkLayer } from "../goldens_check.js";

describe.each(cpuBackends)("$name", ({ backend, forward, backward }) => {
  test.each([...cases("module"), ...cases("packed"), ...cases("cell")])("$id", async (golden) => {
    const off = await checkLayer(backend, golden);
    expect(off.compared).toBeGreaterThan(4);
    expect(off.forward).toBeLessThanOrEqual(forward);
    expect(off.backward).toBeLessThanOrEqual(backward);
  });

  test.each(cases("layernorm"))("$id", async (golden) => {
    const off = await checkLayer(backend, golden);
    expect(off.compared).toBe(golden.args.elementwise_affine ? 4 : 2);
    const degenerate = golden.args.normalized_shape.join() === "1"; // its variance is 0
    expect(off.forward).toBeLessThanOrEqual(degenerate ? 1e-4 : forward);
    expect(off.backward).toBeLessThanOrEqual(degenerate ? 1e-4 : backward);
  });
});
