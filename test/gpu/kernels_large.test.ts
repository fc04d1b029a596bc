// More workgroups than one dimension holds (65,535) are folded into two: each thread must still find its own
// element.

import { afterAll, expect, test } from "vitest";
import { openCpu } from "../../src/backends/cpu/open.js";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import { copy } from "../../src/kernels/copy.js";
import { softmaxCrossEntropy, softmaxCrossEntropyAlone } from "../../src/kernels/softmax_cross_entropy.js";
import { type Case, difference, kernelCase, onMachine } from "../kernel_cases/case.js";

const gpu = await openGpu();
const cpu = openCpu({ simd: false });
afterAll(() => gpu.dispose());

/** Numbers that repeat, but not after a workgroup or a row of workgroups. */
function pattern(n: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => (i % 1009) / 1009);
}

/** These go against `cpu` alone. */
function noLoops(): void {
  throw new Error("no loops were written for this case");
}

const n = 65_535 * 64 + 65;
const rows = 65_537;
const cases: readonly Case[] = [
  kernelCase(
    copy,
    `${n} elements`,
    { x0: pattern(n), out: new Float32Array(n) },
    { M: n, N: 1, r: n, x0_0: 0, x0_m1: 0, x0_m: 1, out_0: 0, out_m1: 0, out_m: 1, accumulate: 0 },
    noLoops,
  ),
  ...[softmaxCrossEntropy, softmaxCrossEntropyAlone].map((kernel) =>
    kernelCase(
      kernel,
      `${kernel.name}: ${rows} rows`,
      {
        logits: pattern(rows * 2),
        targets: Uint32Array.from({ length: rows }, (_, m) => m % 2),
        weights: new Float32Array(rows).fill(1),
        smoothing: new Float32Array(1),
        dlogits: new Float32Array(rows * 2),
        losses: new Float32Array(rows),
      },
      { M: rows, V: 2, r: rows, in_0: 0, in_m1: 0, in_m: 2, smooths: 0, gradient: 1 },
      noLoops,
    ),
  ),
];

test.each(cases.map((c) => [c.title, c] as const))("%s", async (_, c) => {
  const want = await onMachine(cpu, c, 1);
  const got = await onMachine(gpu, c, 1);
  for (const name of Object.keys(want)) {
    expect(difference(got[name], want[name]), name).toBeLessThanOrEqual(1e-6);
  }
});
