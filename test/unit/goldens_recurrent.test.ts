// Recurrent layers and cells against PyTorch, on the CPU: outputs, final states, and the gradients of
// everything.

import { describe, expect, test } from "vitest";
import { cpu } from "../../src/index.js";
import { cases } from "../fixtures/goldens.js";
import { checkRecurrent } from "../goldens_check.js";

const backends = [
  { backend: cpu({ precision: "float64" }), name: "float64", forward: 2e-6, backward: 2e-6 },
  { backend: cpu(), name: "float32", forward: 1e-5, backward: 5e-5 },
];

describe.each(backends)("$name", ({ backend, forward, backward }) => {
  test.each([...cases("module"), ...cases("cell")])("$id", async (golden) => {
    const off = await checkRecurrent(backend, golden);
    expect(off.compared).toBeGreaterThan(4);
    expect(off.forward).toBeLessThanOrEqual(forward);
    expect(off.backward).toBeLessThanOrEqual(backward);
  });
});
