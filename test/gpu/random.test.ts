// Random numbers and the dropout mask on the GPU are those of the CPU, bit for bit, for whatever seed, layer
// and position.

import { afterAll, expect, test } from "vitest";
import random from "../../shaders/random.wgsl?raw";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import { dropout, dropoutParams } from "../../src/kernels/dropout.js";
import { defineKernel, grid, link } from "../../src/kernels/kernel.js";
import { Plan } from "../../src/plan/plan.js";
import { mix, mix2 } from "../../src/random.js";
import { someRun } from "../small_kernels.js";

const gpu = await openGpu();
afterAll(() => gpu.dispose());

const mixed = defineKernel({
  name: "mixed",
  wgsl: link(
    random,
    /* wgsl */ `
struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> words: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x < params.n {
    words[id.x] = mix2(a[id.x], b[id.x]);
  }
}`,
  ),
  bindings: { a: "read u32", b: "read u32", words: "read_write u32" },
  params: { n: "u32" },
  workgroups: ({ n }) => grid(n, 64),
  cpu(ops, { a, b, words }, { n }) {
    const { integers, words: width } = ops;
    for (let i = 0; i < n; i += 1) {
      integers[words * width + i] = mix2(integers[a * width + i], integers[b * width + i]);
    }
  },
  flops: () => 0,
});

test("mix2 gives the same words", async () => {
  const corners = [0, 1, 2, 0x61c88647, 0x7fffffff, 0x80000000, 0x9e3779b9, 0xfffffffe, 0xffffffff];
  const a = Uint32Array.from({ length: 1000 }, (_, i) => corners[i] ?? mix2(1, i));
  const b = Uint32Array.from({ length: 1000 }, (_, i) => corners[i % 10] ?? mix2(2, i));
  const plan = new Plan();
  const n = a.length;
  const bound = {
    a: plan.buffer("a", [n], "input", "u32"),
    b: plan.buffer("b", [n], "input", "u32"),
    words: plan.buffer("words", [n], "output", "u32"),
  };
  plan.dispatch(mixed, bound, { n });
  const runnable = await gpu.build(plan, new Map());
  runnable.write(bound.a, a);
  runnable.write(bound.b, b);
  await runnable.run(someRun());
  const [words] = await runnable.read([bound.words]);
  expect([...words]).toEqual(Array.from(a, (word, i) => mix2(word, b[i])));
  runnable.dispose();
});

/** Which of M x N numbers are kept on the GPU. */
async function mask(
  M: number,
  N: number,
  layer: number,
  probability: number,
  seed: number,
): Promise<number[]> {
  const plan = new Plan();
  const input = plan.buffer("input", [M, N], "input");
  const out = plan.buffer("out", [M, N], "output");
  const strides = { r: M, in_0: 0, in_m1: 0, in_m: N, out_0: 0, out_m1: 0, out_m: N };
  plan.dispatch(
    dropout,
    { input, out },
    {
      M,
      N,
      ...strides,
      layer,
      ...dropoutParams(probability),
      sequences: 1,
      once: 0,
      transposed: 0,
      accumulate: 0,
    },
  );
  const runnable = await gpu.build(plan, new Map());
  runnable.write(input, new Float32Array(M * N).fill(1));
  await runnable.run(someRun({ seed }));
  const [values] = await runnable.read([out]);
  runnable.dispose();
  return Array.from(values, (value) => (value === 0 ? 0 : 1));
}

test("the dropout mask is the hash of seed, layer and position, at the rate that was asked for", async () => {
  const [M, N] = [129, 67];
  for (const [layer, probability, seed] of [
    [0, 0.5, 0],
    [3, 0.1, 0xffffffff],
    [7, 0.9, 12345],
  ] as const) {
    const kept = await mask(M, N, layer, probability, seed);
    const { threshold } = dropoutParams(probability);
    const wordAt = (i: number): number => mix(seed, layer, Math.floor(i / N), 0, i % N);
    expect(kept).toEqual(kept.map((_, i) => (wordAt(i) < threshold ? 0 : 1)));
    const rate = 1 - kept.reduce((sum, one) => sum + one, 0) / kept.length;
    expect(Math.abs(rate - probability)).toBeLessThan(0.02); // 4 standard deviations or more
  }
});

test("other seeds and layers have other masks", async () => {
  const masks = await Promise.all([mask(8, 64, 0, 0.5, 1), mask(8, 64, 0, 0.5, 2), mask(8, 64, 1, 0.5, 1)]);
  expect(new Set(masks.map((kept) => kept.join(""))).size).toBe(3);
});
