// The options of cells and the activations of gates: gradients against central differences in float64.

import { describe, expect, test } from "vitest";
import { functions, options } from "../cell_options.js";
import { checkDifferences } from "../fuzz/checks.js";
import { type Draw, plain } from "../fuzz/draws.js";

const variants = [
  {},
  { numLayers: 1, direction: "reverse", bias: false, given: "none", seed: 2 },
  { numLayers: 2, direction: "both", bias: true, given: "all", seed: 3 },
] as const;

async function check(draw: Draw): Promise<void> {
  const { worst, where } = await checkDifferences(draw);
  expect(worst, where).toBeLessThanOrEqual(1e-7);
}

describe("options of cells", () => {
  test.each([...options])("%s", async (_, cell) => {
    for (const variant of variants) await check({ ...plain, ...variant, cell });
  });
});

describe("activations of gates", () => {
  test.each([...functions])("%s", (_, cell) => check({ ...plain, cell }));
});
