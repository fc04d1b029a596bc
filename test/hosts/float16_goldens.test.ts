// Every recurrent case of PyTorch's by products in float16, and its training: how far they are off is what float16 loses.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type GpuBackend, webgpu } from "../../src/index.js";
import { cases } from "../fixtures/goldens.js";
import { checkLayer } from "../goldens_check.js";
import { checkTraining } from "../goldens_training_check.js";
import { eager } from "./eager.js";

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu({ costs: eager } as object);
});
afterAll(() => gpu.dispose());

const how = { arithmetic: "float16" } as const;

/** Cases whose outputs were rounded. */
let rounded = 0;

test.each([...cases("module"), ...cases("packed"), ...cases("cell")])("$id", async (golden) => {
  const off = await checkLayer(gpu, golden, how);
  expect(off.compared).toBeGreaterThan(4);
  expect(off.forward).toBeLessThanOrEqual(1e-2);
  if (off.forward > 1e-5) rounded += 1;
  // a relu's gradient jumps where its argument is as good as 0
  if (!golden.id.startsWith("rnn_relu")) expect(off.backward).toBeLessThanOrEqual(1e-2);
});

test("half of them and more were made in float16, the others are small", () => {
  expect(rounded).toBeGreaterThan(44);
});

test.each(cases("train"))("$id", async (golden) => {
  const off = await checkTraining(gpu, golden, how);
  expect(off.forward).toBeLessThanOrEqual(1e-3);
  expect(off.backward).toBeLessThanOrEqual(3e-2); // of Adam's first steps, which are of the same size for any gradient
});
