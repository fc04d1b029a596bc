// The options of cells and the activations of gates on WebGPU: outputs and gradients as on the CPU in float32.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cpu, type GpuBackend, gru, lstm, webgpu } from "../../src/index.js";
import { activations, numbered, options } from "../cell_options.js";
import type { Made } from "../fuzz/cells.js";
import { checkAgreement } from "../fuzz/checks.js";
import { plain } from "../fuzz/draws.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu({ limits: "portable" });
});
afterAll(() => gpu.dispose());

async function check(cell: Made, H: number): Promise<void> {
  const draw = { ...plain, H, direction: "both", cell } as const;
  const { forward, backward } = await checkAgreement(gpu, cpu(), draw);
  expect(forward.worst, forward.where).toBeLessThanOrEqual(2e-5);
  expect(backward.worst, backward.where).toBeLessThanOrEqual(1e-4);
}

describe("options of cells", () => {
  // Of those with normalization, whose shaders take seconds to compile here, what they are alone.
  const some = [...options].filter(([name]) => !name.includes("layerNorm,"));
  test.each(some)("%s", (_, cell) => check(cell, 10));
});

describe("activations", () => {
  test.each([...activations, ...numbered])("%o", async (of) => {
    const ofLstm = { i: of, f: of, g: of, o: of, c: of };
    const ofGru = { r: of, z: of, n: of };
    const made = (make: Made["make"], ...states: string[]): Made => ({ kind: "made", make, states });
    await check(
      made((I, H, o) => lstm(I, H, { ...o, activations: ofLstm }), "h", "c"),
      5,
    );
    await check(
      made((I, H, o) => gru(I, H, { ...o, activations: ofGru }), "h"),
      5,
    );
  });
});
