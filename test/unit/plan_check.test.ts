// What check() refuses, word for word, before a device sees the plan.

import { expect, test } from "vitest";
import { LimitError, ShapeError } from "../../src/errors.js";
import type { Kernel } from "../../src/kernels/kernel.js";
import { check, portable } from "../../src/plan/check.js";
import { type Copy, Plan, type Role } from "../../src/plan/plan.js";
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

test("parameters are numbers of their type", () => {
  const cases: [Record<string, number>, string][] = [
    [{ n: 1.5, factor: 1 }, "scale: n is 1.5, it must be a finite u32; correct the sizes."],
    [{ n: -1, factor: 1 }, "scale: n is -1, it must be a finite u32; correct the sizes."],
    [{ n: 2 ** 32, factor: 1 }, "scale: n is 4294967296, it must be a finite u32; correct the sizes."],
    [{ n: 6, factor: Number.NaN }, "scale: factor is NaN, it must be a finite f32; correct the sizes."],
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
  const cure = "Use a shorter sequenceLength or a smaller batchSize, or request more of the device.";
  expect(() => check(wide.plan, portable)).toThrow(
    new LimitError(
      `scale: needs a maxComputeWorkgroupsPerDimension of 65536; this device grants 65535. ${cure}`,
    ),
  );
  const { plan, dispatch } = planWith({ workgroupBytes: 16_896 });
  dispatch();
  expect(() => check(plan, portable)).toThrow(
    new LimitError(
      `scale: needs a maxComputeWorkgroupStorageSize of 16896; this device grants 16384. ${cure}`,
    ),
  );
  expect(() => check(plan, { ...portable, maxComputeWorkgroupStorageSize: 32_768 })).not.toThrow();
  expect(() => check(plan, { maxStorageBuffersPerShaderStage: 1 })).toThrow(
    new LimitError(`scale: needs a maxStorageBuffersPerShaderStage of 2; this device grants 1. ${cure}`),
  );
});

test("a buffer keeps to the limits of its device, and the advice fits what it holds", () => {
  const of = (role: Role, shape: number[]) => {
    const plan = new Plan();
    plan.buffer("rnn.a", shape, role);
    return plan;
  };
  expect(() => check(of("scratch", [512, 64, 4, 512]), portable)).toThrow(
    new LimitError(
      "rnn.a [512, 64, 4, 512]: needs a maxStorageBufferBindingSize of 268 MB; this device grants 134 MB. " +
        "Use a shorter sequenceLength or a smaller batchSize, or request more of the device.",
    ),
  );
  expect(() => check(of("weights", [1024, 1024, 65]), portable)).toThrow(
    new LimitError(
      "rnn.a [1024, 1024, 65]: needs a maxStorageBufferBindingSize of 273 MB; this device grants 134 MB. " +
        "Use smaller layers, or request more of the device.",
    ),
  );
  expect(() => check(of("scratch", [512, 64, 4, 256]), portable)).not.toThrow();
  expect(() => check(of("input", [3, 0]))).toThrow(
    new ShapeError("rnn.a: is [3, 0]; every size must be an integer of at least 1."),
  );
});

test("copies stay within their buffers, of one type, and never within one buffer", () => {
  const plan = new Plan();
  const x = plan.buffer("x", [4]);
  const y = plan.buffer("y", [6]);
  const ids = plan.buffer("ids", [6], "input", "u32");
  const refused = (copy: Copy, what: string) => {
    plan.after.push(copy);
    expect(() => check(plan)).toThrow(
      new ShapeError(
        `${what} elements; it must stay within buffers of one type, and WebGPU refuses a copy within one buffer: ` +
          "correct the places.",
      ),
    );
    plan.after.pop();
  };
  plan.before.push({ from: { buffer: x, at: 1 }, to: { buffer: y, at: 3 }, size: 3 });
  expect(() => check(plan)).not.toThrow();
  const at = (buffer: typeof x, at: number) => ({ buffer, at });
  refused({ from: at(x, 2), to: at(y, 0), size: 3 }, "copy x[2] to y[0]: takes 3");
  refused({ to: at(y, 5), size: 2 }, "clear y[5]: takes 2");
  refused({ to: at(y, -1), size: 2 }, "clear y[-1]: takes 2");
  refused({ from: at(x, 0), to: at(x, 2), size: 2 }, "copy x[0] to x[2]: takes 2");
  refused({ from: at(ids, 0), to: at(x, 0), size: 2 }, "copy ids[0] to x[0]: takes 2");
});
