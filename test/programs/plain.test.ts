// The programs that run on the CPU, where WebAssembly is refused: by plain loops.

import "./refusing.js";
import { expect, test } from "vitest";
import { cpu } from "webrnn";
import { checkOnCpu } from "./on_cpu.js";

checkOnCpu(/^CPU, plain loops$/);

test("it says why", () => {
  expect(cpu().reason).toBe("cpu() asked for it; no SIMD: this page refuses WebAssembly");
});
