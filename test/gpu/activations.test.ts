// tanh and sigmoid of shaders/activations.wgsl against float64: to 3e-7, and to 1e-6 of the result where that
// is above 1e-30. The built-in ones fail this on most drivers.

import { afterAll, describe, expect, test } from "vitest";
import activations from "../../shaders/activations.wgsl?raw";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import { defineKernel, grid, link } from "../../src/kernels/kernel.js";
import { Plan } from "../../src/plan/plan.js";
import { someRun } from "../small_kernels.js";

const gpu = await openGpu();
afterAll(() => gpu.dispose());

const applied = defineKernel({
  name: "activations",
  wgsl: link(
    activations,
    /* wgsl */ `
struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> tanhs: array<f32>;
@group(0) @binding(3) var<storage, read_write> sigmoids: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x < params.n {
    tanhs[id.x] = safe_tanh(x[id.x]);
    sigmoids[id.x] = safe_sigmoid(x[id.x]);
  }
}`,
  ),
  bindings: { x: "read", tanhs: "read_write", sigmoids: "read_write" },
  params: { n: "u32" },
  workgroups: ({ n }) => grid(n, 64),
  cpu(ops, { x, tanhs, sigmoids }, { n }) {
    ops.tanh(tanhs, x, n);
    ops.sigmoid(sigmoids, x, n);
  },
  flops: ({ n }) => 40 * n,
});

async function evaluate(x: Float32Array): Promise<{ tanh: ArrayLike<number>; sigmoid: ArrayLike<number> }> {
  const plan = new Plan();
  const input = plan.buffer("x", [x.length], "input");
  const tanhs = plan.buffer("tanhs", [x.length], "output");
  const sigmoids = plan.buffer("sigmoids", [x.length], "output");
  plan.dispatch(applied, { x: input, tanhs, sigmoids }, { n: x.length });
  const runnable = await gpu.build(plan, new Map());
  runnable.write(input, x);
  await runnable.run(someRun());
  const [tanh, sigmoid] = await runnable.read([tanhs, sigmoids]);
  runnable.dispose();
  return { tanh, sigmoid };
}

/** Every thousandth in [-100, 100], and 100 numbers a decade on both sides of zero from 1e-37 on. */
function dense(): Float32Array {
  const even = Array.from({ length: 200_001 }, (_, i) => i / 1000 - 100);
  const small = Array.from({ length: 3_900 }, (_, i) => 10 ** (i / 100 - 37));
  return Float32Array.from([...even, ...small, ...small.map((x) => -x)]);
}

function expectAccurate(x: Float32Array, got: ArrayLike<number>, exact: (x: number) => number): void {
  let absolute = 0;
  let relative = 0;
  for (let i = 0; i < x.length; i += 1) {
    const want = exact(x[i]);
    const error = Number.isFinite(got[i]) ? Math.abs(got[i] - want) : Number.POSITIVE_INFINITY;
    absolute = Math.max(absolute, error);
    relative = Math.abs(want) > 1e-30 ? Math.max(relative, error / Math.abs(want)) : relative;
  }
  expect(absolute, "absolute error").toBeLessThanOrEqual(3e-7);
  expect(relative, "relative error").toBeLessThanOrEqual(1e-6);
}

const sigmoid = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

describe("on a dense grid over [-100, 100]", async () => {
  const x = dense();
  const got = await evaluate(x);

  test("tanh is accurate", () => expectAccurate(x, got.tanh, Math.tanh));
  test("sigmoid is accurate", () => expectAccurate(x, got.sigmoid, sigmoid));
});

test("both are finite and saturated for the largest finite inputs", async () => {
  const largest = 3.4028234663852886e38;
  const x = Float32Array.of(largest, -largest, 1e30, -1e30, 1000, -1000, 0);
  const got = await evaluate(x);
  expect(Array.from(got.tanh, Math.fround)).toEqual([1, -1, 1, -1, 1, -1, 0]);
  expect(Array.from(got.sigmoid, Math.fround)).toEqual([1, 0, 1, 0, 1, 0, 0.5]);
});

test("what is not a number stays none", async () => {
  const got = await evaluate(Float32Array.of(Number.NaN));
  expect([got.tanh[0], got.sigmoid[0]]).toEqual([Number.NaN, Number.NaN]);
});
