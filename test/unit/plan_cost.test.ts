// What a plan costs, as exact numbers, and its parameters as bytes.

import { expect, test } from "vitest";
import { cost } from "../../src/plan/cost.js";
import { bufferBytes, packParams, packRun, paramBytes, runBytes } from "../../src/plan/params.js";
import { Plan } from "../../src/plan/plan.js";
import { accumulate, rate, scale, smallPlan, someRun } from "../small_kernels.js";

test("cost counts dispatches, submits, operations, bytes and memory", () => {
  expect(cost([smallPlan().plan])).toEqual({
    dispatches: 3,
    submits: 1,
    flops: 5 + 10,
    // scale reads 5 and writes 5 (counted as read and written), accumulate too, count 3 both ways; a copy of
    // 5, a clear of 1
    bytes: 4 * (5 + 10 + 5 + 10 + 6 + 10 + 1),
    // four buffers of 5 and one of 3 elements, which is 12 bytes and takes 16; three slots of params
    memory: 4 * 20 + 16 + 3 * 256,
  });
  expect(cost([smallPlan().plan], undefined, 32).memory).toBe(4 * 20 + 16 + 3 * 32);
  expect(cost([new Plan()])).toEqual({ dispatches: 0, submits: 0, flops: 0, bytes: 0, memory: 16 });
});

test("steps read their weights each time and share out the rest; the uniform run counts once", () => {
  const plan = new Plan();
  const W = plan.buffer("W", [100], "weights");
  const s = plan.buffer("s", [40]);
  const y = plan.buffer("y", [10]);
  for (let t = 0; t < 4; t += 1) {
    plan.dispatch(accumulate, { x: W, y: s }, { n: 10, factor: t });
  }
  plan.dispatch(scale, { x: s, y }, { n: 10, factor: 1 });
  plan.dispatch(rate, { y }, { n: 10 });
  const { bytes, memory } = cost([plan]);
  expect(bytes).toBe(4 * (4 * 100 + 2 * 40 + 40 + 2 * 10 + 2 * 10));
  expect(memory).toBe(4 * 150 + 6 * 256 + runBytes);
});

test("parameters lie in aligned slots, integers and floats as declared", () => {
  const plan = new Plan();
  const x = plan.buffer("x", [9]);
  const y = plan.buffer("y", [9]);
  plan.dispatch(scale, { x, y }, { n: 0xffffffff, factor: 0.1 });
  plan.dispatch(rate, { y }, { n: 9 });
  plan.dispatch(scale, { x, y }, { factor: -2, n: 7 });
  const { bytes, offsets } = packParams(plan, 64);
  expect([...offsets]).toEqual([0, 64, 128]);
  expect(bytes.byteLength).toBe(192);
  const view = new DataView(bytes);
  expect(view.getUint32(0, true)).toBe(0xffffffff);
  expect(view.getFloat32(4, true)).toBe(Math.fround(0.1));
  expect(view.getUint32(64, true)).toBe(9);
  expect(view.getUint32(128, true)).toBe(7);
  expect(view.getFloat32(132, true)).toBe(-2);
  expect([paramBytes({}), paramBytes({ a: 1 }), paramBytes({ a: 1, b: 1, c: 1, d: 1, e: 1 })]).toEqual([
    16, 16, 32,
  ]);
  expect([bufferBytes(0), bufferBytes(16), bufferBytes(17)]).toEqual([16, 16, 20]);
});

test("a run's numbers lie in the order of shaders/run.wgsl", () => {
  const view = new DataView(new ArrayBuffer(runBytes));
  packRun(
    someRun({
      update: 3,
      seed: 0xdeadbeef,
      lr: 0.5,
      correction1: 0.25,
      correction2: 0.125,
      clip: 5,
      first: 7,
      clip_recurrent: 2,
      cut: 9,
    }),
    view,
  );
  expect([0, 4].map((at) => view.getUint32(at, true))).toEqual([3, 0xdeadbeef]);
  expect([8, 12, 16, 20].map((at) => view.getFloat32(at, true))).toEqual([0.5, 0.25, 0.125, 5]);
  expect([24, 32].map((at) => view.getUint32(at, true))).toEqual([7, 9]);
  expect(view.getFloat32(28, true)).toBe(2);
  expect(Object.keys(someRun()).length * 4).toBeLessThanOrEqual(runBytes);
});
