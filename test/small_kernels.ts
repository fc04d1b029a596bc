// Kernels small enough to check by eye: what the tests of plans and machines run in place of the library's
// own.

import { defineKernel, grid, type Kernel, link, type Run, still } from "../src/kernels/kernel.js";
import { type Buffer, Plan } from "../src/plan/plan.js";

/** shaders/run.wgsl in short; the library links the file. */
const runStruct =
  "struct Run { update: u32, seed: u32, lr: f32, correction1: f32, correction2: f32, clip: f32 }";

const one = /* wgsl */ `
struct Params { n: u32, factor: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.n) { BODY }
}`;

/** y = factor x */
export const scale: Kernel<"x" | "y", "n" | "factor"> = defineKernel({
  name: "scale",
  wgsl: one.replace("BODY", "y[id.x] = params.factor * x[id.x];"),
  bindings: { x: "read", y: "read_write" },
  params: { n: "u32", factor: "f32" },
  workgroups: ({ n }) => grid(n, 64),
  cpu: (ops, { x, y }, { n, factor }) => ops.affine(y, x, factor, 0, n),
  flops: ({ n }) => n,
});

/** y += factor x, by way of scratch memory */
export const accumulate: Kernel<"x" | "y", "n" | "factor"> = defineKernel({
  name: "accumulate",
  wgsl: one.replace("BODY", "y[id.x] += params.factor * x[id.x];"),
  bindings: { x: "read", y: "read_write" },
  params: { n: "u32", factor: "f32" },
  workgroups: ({ n }) => grid(n, 64),
  scratch: ({ n }) => n,
  cpu(ops, { x, y, scratch }, { n, factor }) {
    ops.affine(scratch, x, factor, 0, n);
    ops.add(y, y, scratch, n);
  },
  flops: ({ n }) => 2 * n,
});

/** counts[i] += step, integers */
export const count: Kernel<"counts", "n" | "step"> = defineKernel({
  name: "count",
  wgsl: /* wgsl */ `
struct Params { n: u32, step: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> counts: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.n) { counts[id.x] += params.step; }
}`,
  bindings: { counts: "read_write u32" },
  params: { n: "u32", step: "u32" },
  workgroups: ({ n }) => grid(n, 64),
  cpu(ops, { counts }, { n, step }) {
    for (let i = 0; i < n; i += 1) {
      ops.integers[counts * ops.words + i] += step;
    }
  },
  flops: () => 0,
});

/** y[i] = lr update, from the uniform `run` */
export const rate: Kernel<"y", "n"> = defineKernel({
  name: "rate",
  wgsl: link(
    /* wgsl */ `
struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> run: Run;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.n) { y[id.x] = run.lr * f32(run.update); }
}`,
    runStruct,
  ),
  bindings: { y: "read_write" },
  run: true,
  params: { n: "u32" },
  workgroups: ({ n }) => grid(n, 64),
  cpu: (ops, { y }, { n }, { lr, update }) => ops.fill(y, lr * update, n),
  flops: ({ n }) => n,
});

/** A run in which nothing matters but what is given. */
export function someRun(given: Partial<Run> = {}): Run {
  return { ...still, ...given };
}

/** total += 3 x in two dispatches, a count of runs, and a state that is copied into `before` first. */
export function smallPlan(): {
  plan: Plan;
  x: Buffer;
  total: Buffer;
  before: Buffer;
  counts: Buffer;
} {
  const plan = new Plan();
  const x = plan.buffer("x", [5], "input");
  const tripled = plan.buffer("tripled", [5]);
  const total = plan.buffer("total", [5], "state");
  const before = plan.buffer("before", [5], "output");
  const counts = plan.buffer("counts", [3], "output", "u32");
  plan.before.push({ from: { buffer: total, at: 0 }, to: { buffer: before, at: 0 }, size: 5 });
  plan.dispatch(scale, { x, y: tripled }, { n: 5, factor: 3 });
  plan.dispatch(accumulate, { x: tripled, y: total }, { n: 5, factor: 1 });
  plan.dispatch(count, { counts }, { n: 3, step: 2 });
  plan.after.push({ to: { buffer: counts, at: 1 }, size: 1 });
  return { plan, x, total, before, counts };
}
