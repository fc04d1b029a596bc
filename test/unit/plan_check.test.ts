// What check() refuses, word for word, before a device sees the plan.

import { expect, test } from "vitest";
import { LimitError, ShapeError } from "../../src/errors.js";
import type { Kernel } from "../../src/kernels/kernel.js";
import { check, portable } from "../../src/plan/check.js";
import { type Copy, Plan, type Role } from "../../src/plan/plan.js";
import { workgroup } from "../../src/plan/workgroup.js";
import { scale } from "../small_kernels.js";

/** A kernel as plans hold them, with what a test changes. */
function like(change: Partial<Kernel>): Kernel {
  return { ...(scale as unknown as Kernel), ...change };
}

function planWith(change: Partial<Kernel> = {}, params: Record<string, number> = { n: 6, factor: 1 }) {
  const plan = new Plan();
  const x = plan.buffer("x", [2, 3], "input");
  const y = plan.buffer("y", [2, 3], "output");
  const kernel = like(change);
  return { plan, x, y, kernel, dispatch: () => plan.dispatch(kernel, { x, y }, params) };
}

test("a plan in order passes, with and without limits", () => {
  const { plan, dispatch } = planWith();
  dispatch();
  expect(() => check(plan)).not.toThrow();
  expect(() => check(plan, portable)).not.toThrow();
});

test("bindings are exactly those declared, of the plan, of their type, and not aliased", () => {
  const missing = planWith();
  missing.plan.dispatch(missing.kernel, { x: missing.x }, { n: 6, factor: 1 });
  expect(() => check(missing.plan)).toThrow(
    new ShapeError("scale: was given x; it binds x, y: give exactly these."),
  );
  const further = planWith();
  further.plan.dispatch(further.kernel, { x: further.x, y: further.y, z: further.x }, { n: 6, factor: 1 });
  expect(() => check(further.plan)).toThrow(
    new ShapeError("scale: was given x, y, z; it binds x, y: give exactly these."),
  );
  const foreign = planWith();
  const other = new Plan().buffer("other", [6]);
  foreign.plan.dispatch(foreign.kernel, { x: other, y: foreign.y }, { n: 6, factor: 1 });
  expect(() => check(foreign.plan)).toThrow(
    new ShapeError("scale: x is other, no buffer of this plan; plan.use() it."),
  );
  const typed = planWith({ bindings: { x: "read u32", y: "read_write" } });
  typed.dispatch();
  expect(() => check(typed.plan)).toThrow(new ShapeError("scale: x is u32, x is f32; bind a u32."));
  const aliased = planWith();
  aliased.plan.dispatch(aliased.kernel, { x: aliased.y, y: aliased.y }, { n: 6, factor: 1 });
  const twice = "scale: y is bound twice and written; WebGPU refuses that: bind two buffers.";
  expect(() => check(aliased.plan)).toThrow(new ShapeError(twice));
  const bothWritten = planWith({ bindings: { x: "read_write", y: "read_write" } });
  bothWritten.plan.dispatch(bothWritten.kernel, { x: bothWritten.y, y: bothWritten.y }, { n: 6, factor: 1 });
  expect(() => check(bothWritten.plan)).toThrow(new ShapeError(twice));
  const bothRead = planWith({ bindings: { x: "read", y: "read" } });
  bothRead.plan.dispatch(bothRead.kernel, { x: bothRead.y, y: bothRead.y }, { n: 6, factor: 1 });
  expect(() => check(bothRead.plan)).not.toThrow();
});

test("parameters are exactly those declared, and numbers of their type", () => {
  const cases: [Record<string, number>, string][] = [
    [{ n: 6 }, "scale: was given parameters n; it has n, factor: give exactly these."],
    [{ n: 1.5, factor: 1 }, "scale: n is 1.5, it must be an integer from 0 to 2^32 - 1; correct the sizes."],
    [{ n: -1, factor: 1 }, "scale: n is -1, it must be an integer from 0 to 2^32 - 1; correct the sizes."],
    [{ n: 6, factor: Number.NaN }, "scale: factor is NaN, it must be finite; correct the sizes."],
    [
      { n: 0, factor: 1 },
      "scale: is dispatched as [0, 1, 1] workgroups; each must be at least 1: leave it out.",
    ],
  ];
  for (const [params, message] of cases) {
    const { plan, dispatch } = planWith({ workgroups: ({ n }) => [n, 1, 1] }, params);
    dispatch();
    expect(() => check(plan)).toThrow(new ShapeError(message));
  }
});

test("a dispatch keeps to the limits of its device", () => {
  const wide = planWith({ workgroups: () => [65_536, 1, 1] });
  wide.dispatch();
  expect(() => check(wide.plan)).not.toThrow();
  expect(() => check(wide.plan, portable)).toThrow(
    new LimitError(
      "scale: is dispatched as [65536, 1, 1] workgroups; this device runs at most 65535 a dimension. " +
        "Use a shorter sequenceLength or a smaller batchSize.",
    ),
  );
  const shader = "var<workgroup> tile: array<f32, 4224>; @compute @workgroup_size(16, 32) fn main() {}";
  const { plan, dispatch } = planWith({ wgsl: shader });
  dispatch();
  expect(() => check(plan, portable)).toThrow(
    new LimitError(
      "scale: uses 16896 bytes of workgroup memory; this device grants 16384. " +
        "Request it with a larger maxComputeWorkgroupStorageSize.",
    ),
  );
  expect(() => check(plan, { ...portable, maxComputeWorkgroupStorageSize: 32_768 })).toThrow(
    new LimitError(
      "scale: uses 512 invocations a workgroup; this device grants 256. " +
        "Request it with a larger maxComputeInvocationsPerWorkgroup.",
    ),
  );
  expect(() => check(plan, { maxStorageBuffersPerShaderStage: 1 })).toThrow(
    new LimitError(
      "scale: uses 2 storage buffers; this device grants 1. " +
        "Request it with a larger maxStorageBuffersPerShaderStage.",
    ),
  );
});

test("a buffer keeps to the limits of its device, and the advice fits what it holds", () => {
  const kernel = scale as unknown as Kernel;
  const of = (role: Role, shape: number[], bound: boolean) => {
    const plan = new Plan();
    const x = plan.buffer("rnn.a", shape, role);
    const y = plan.buffer("y", [1]);
    plan.dispatch(kernel, { x: bound ? x : plan.buffer("x", [1]), y }, { n: 1, factor: 1 });
    return plan;
  };
  expect(() => check(of("scratch", [512, 64, 4, 512], true), portable)).toThrow(
    new LimitError(
      "rnn.a needs 268 MB ([512, 64, 4, 512] floats); this device binds at most 134 MB. Use a shorter " +
        "sequenceLength or a smaller batchSize, or request the device with a larger maxStorageBufferBindingSize.",
    ),
  );
  expect(() => check(of("scratch", [512, 64, 4, 512], false), portable)).not.toThrow();
  expect(() => check(of("weights", [1024, 1024, 65], false), portable)).toThrow(
    new LimitError(
      "rnn.a needs 273 MB ([1024, 1024, 65] floats); this device holds at most 268 MB. Use smaller layers, " +
        "or request the device with a larger maxBufferSize.",
    ),
  );
  expect(() => check(of("input", [3, 0], true))).toThrow(
    new ShapeError("rnn.a: is [3, 0]; every size must be an integer of at least 1."),
  );
});

test("copies stay within buffers of the plan, of one type, and never within one buffer", () => {
  const plan = new Plan();
  const x = plan.buffer("x", [4]);
  const y = plan.buffer("y", [6]);
  const ids = plan.buffer("ids", [6], "input", "u32");
  const other = new Plan().buffer("other", [6]);
  const refused = (copy: Copy, message: string) => {
    plan.after.push(copy);
    expect(() => check(plan)).toThrow(new ShapeError(message));
    plan.after.pop();
  };
  plan.before.push({ from: { buffer: x, at: 1 }, to: { buffer: y, at: 3 }, size: 3 });
  expect(() => check(plan)).not.toThrow();
  refused(
    { from: { buffer: x, at: 2 }, to: { buffer: y, at: 0 }, size: 3 },
    "copy x to y: takes elements 2 to 5 of x; it has 4: copy within it.",
  );
  refused(
    { to: { buffer: y, at: 5 }, size: 2 },
    "clear y: takes elements 5 to 7 of y; it has 6: copy within it.",
  );
  refused(
    { from: { buffer: x, at: 0 }, to: { buffer: x, at: 2 }, size: 2 },
    "copy x to x: WebGPU refuses a copy within one buffer; copy to another.",
  );
  refused(
    { from: { buffer: ids, at: 0 }, to: { buffer: x, at: 0 }, size: 2 },
    "copy ids to x: u32 into f32; both must be of one type.",
  );
  refused(
    { to: { buffer: other, at: 0 }, size: 2 },
    "clear other: other is no buffer of this plan; plan.use() it.",
  );
});

test("a shader's text tells the size and the memory of its workgroup", () => {
  const text = `
    const rows = 16u; // const rows = 99u;
    const all: u32 = 2 * rows + 1;
    /* var<workgroup> not: array<f32, 1000>; */
    var<workgroup> a: array<array<f32, rows>, 4>;
    var<workgroup> b: array<vec3<f32>, all>;
    var<workgroup> c : vec2u;
    var<workgroup> d: atomic<u32>;
    var<private> e: array<f32, 64>;
    @compute @workgroup_size(rows, 2) fn main() {}`;
  expect(workgroup(text)).toEqual({ size: [16, 2, 1], bytes: 256 + 33 * 16 + 16 + 16 });
  expect(() => workgroup("var<workgroup> a: array<f32, n - 1>;")).toThrow(
    new ShapeError('workgroup: cannot read the length "n-1"; write sums and products of literals.'),
  );
  expect(() => workgroup("var<workgroup> a: Tile;")).toThrow(
    new ShapeError('workgroup: cannot read the type "Tile"; use scalars, vectors and arrays of them.'),
  );
});
