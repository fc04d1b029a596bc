// What check() refuses, word for word, before a device sees the plan.

import { expect, test } from "vitest";
import { LimitError, ShapeError, smaller } from "../../src/errors.js";
import type { Kernel } from "../../src/kernels/kernel.js";
import { check, portable } from "../../src/plan/check.js";
import { type Copy, Plan } from "../../src/plan/plan.js";
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

test("bindings are of their type, and not aliased", () => {
  const typed = planWith({ bindings: { x: "read u32", y: "read_write" } });
  typed.dispatch();
  expect(() => check(typed.plan)).toThrow(
    new ShapeError("scale: x is read u32, x is f32; correct the plan."),
  );
  const aliased = planWith();
  aliased.plan.dispatch(aliased.kernel, { x: aliased.y, y: aliased.y }, { n: 6, factor: 1 });
  const twice = "scale: y is bound twice and written, which WebGPU refuses; correct the plan.";
  expect(() => check(aliased.plan)).toThrow(new ShapeError(twice));
  const bothWritten = planWith({ bindings: { x: "read_write", y: "read_write" } });
  bothWritten.plan.dispatch(bothWritten.kernel, { x: bothWritten.y, y: bothWritten.y }, { n: 6, factor: 1 });
  expect(() => check(bothWritten.plan)).toThrow(new ShapeError(twice));
  const bothRead = planWith({ bindings: { x: "read", y: "read" } });
  bothRead.plan.dispatch(bothRead.kernel, { x: bothRead.y, y: bothRead.y }, { n: 6, factor: 1 });
  expect(() => check(bothRead.plan)).not.toThrow();
});

test("parameters are numbers of their type", () => {
  const cases: [Record<string, number>, string][] = [
    [{ n: 1.5, factor: 1 }, "scale: n is 1.5, it must be u32; correct the plan."],
    [{ n: -1, factor: 1 }, "scale: n is -1, it must be u32; correct the plan."],
    [{ n: 2 ** 32, factor: 1 }, "scale: n is 4294967296, it must be u32; correct the plan."],
    [{ n: 6, factor: Number.NaN }, "scale: factor is NaN, it must be f32; correct the plan."],
  ];
  for (const [params, message] of cases) {
    const { plan, dispatch } = planWith({}, params);
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
      `scale: needs a maxComputeWorkgroupsPerDimension of 65536, this device grants 65535; ${smaller}, or request more of the device.`,
    ),
  );
  const { plan, dispatch } = planWith({ workgroupBytes: 16_896 });
  dispatch();
  expect(() => check(plan, portable)).toThrow(
    new LimitError(
      `scale: needs a maxComputeWorkgroupStorageSize of 16896, this device grants 16384; ${smaller}, or request more of the device.`,
    ),
  );
  expect(() => check(plan, { ...portable, maxComputeWorkgroupStorageSize: 32_768 })).not.toThrow();
  expect(() => check(plan, { maxStorageBuffersPerShaderStage: 1 })).toThrow(
    new LimitError(
      `scale: needs a maxStorageBuffersPerShaderStage of 2, this device grants 1; ${smaller}, or request more of the device.`,
    ),
  );
});

test("a buffer keeps to the limits of its device", () => {
  const plan = new Plan();
  plan.buffer("x", [512, 64, 4, 256]);
  expect(() => check(plan, portable)).not.toThrow();
  plan.buffer("rnn.a", [512, 64, 4, 512]);
  expect(() => check(plan, portable)).toThrow(
    new LimitError(
      "rnn.a [512, 64, 4, 512]: needs a maxStorageBufferBindingSize of 268435456, this device grants 134217728; " +
        `${smaller}, or request more of the device.`,
    ),
  );
});

test("copies stay within their buffers, of one type, and never within one buffer", () => {
  const plan = new Plan();
  const x = plan.buffer("x", [4]);
  const y = plan.buffer("y", [6]);
  const ids = plan.buffer("ids", [6], "input", "u32");
  const refused = (copy: Copy, message: string) => {
    plan.after.push(copy);
    expect(() => check(plan)).toThrow(new ShapeError(`copy: ${message}; correct the plan.`));
    plan.after.pop();
  };
  plan.before.push({ from: { buffer: x, at: 1 }, to: { buffer: y, at: 3 }, size: 3 });
  expect(() => check(plan)).not.toThrow();
  const at = (buffer: typeof x, at: number) => ({ buffer, at });
  refused({ from: at(x, 2), to: at(y, 0), size: 3 }, "it ends at 5 of x, which has 4");
  refused({ to: at(y, 5), size: 2 }, "it ends at 7 of y, which has 6");
  refused({ from: at(x, 0), to: at(x, 2), size: 2 }, "x and x must be two buffers of one type");
  refused({ from: at(ids, 0), to: at(x, 0), size: 2 }, "ids and x must be two buffers of one type");
});
