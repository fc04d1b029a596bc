// Every kernel of test/kernels_list.ts compiles on this host, within the limits that every device has: one test a
// kernel. Those that `enable` what the adapter lacks are named, and compile on another host (npm run test:hosts).

import { afterAll, expect, test } from "vitest";
import { Life } from "../../src/backends/life.js";
import { Pipelines } from "../../src/backends/webgpu/pipelines.js";
import type { Kernel } from "../../src/kernels/kernel.js";
import { textOf } from "../../src/kernels/texts.js";
import { type Declared, kernels } from "../kernels_list.js";
import { testDevice } from "./device.js";

const device = await testDevice();
afterAll(() => device.destroy());
const pipelines = new Pipelines(device, new Life());

/** The features that a text enables, as a device names them. */
function needs(kernel: Declared): string[] {
  return [...textOf(kernel).matchAll(/^\s*enable (\w+);/gm)].map(([, name]) =>
    name === "f16" ? "shader-f16" : name,
  );
}

const here = kernels.filter((kernel) => needs(kernel).every((feature) => device.features.has(feature)));
const elsewhere = kernels.filter((kernel) => !here.includes(kernel));
if (elsewhere.length > 0) {
  console.log(`not compiled here, for want of a feature: ${elsewhere.map(({ name }) => name).join(", ")}`);
}

test.each(here.map((kernel) => [kernel.name, kernel] as const))("%s", async (_, kernel) => {
  // the compiler reads nothing of a kernel that is not declared
  const compiled = await pipelines.compile(new Set([kernel as Kernel]), {});
  expect(compiled.size).toBe(1);
});
