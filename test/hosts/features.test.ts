// The hosts beside the browser are there for what it lacks: on lavapipe no variant of a kernel goes untested.

import { expect, test } from "vitest";
import { isSoftware } from "../../src/backends/webgpu/device.js";
import { optional } from "../gpu/device.js";

const adapter = await navigator.gpu.requestAdapter();

test.runIf(isSoftware(adapter?.info))("lavapipe has every feature that a kernel may enable", () => {
  const naga = "Deno" in globalThis; // it knows no subgroups
  const lacking = optional.filter((feature) => adapter?.features.has(feature) !== true);
  expect(lacking).toEqual(naga ? ["subgroups"] : []);
});
