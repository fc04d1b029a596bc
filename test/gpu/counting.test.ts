// Once warm, a run makes nothing, maps nothing, and is one submit of one pass; the counting wrapper is shown
// to count.

import { expect, test } from "vitest";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import { Plan } from "../../src/plan/plan.js";
import { counting } from "../counting.js";
import { rate, scale, smallPlan, someRun } from "../small_kernels.js";
import { testDevice } from "./device.js";

async function countedMachine() {
  const device = await testDevice();
  const counts = counting(device);
  return { device, counts, machine: await openGpu({ device }) };
}

test("a warm run makes nothing, and is one submit of one pass", async () => {
  const { device, counts, machine } = await countedMachine();
  const { plan, x, total, before } = smallPlan();
  plan.dispatch(rate, { y: plan.buffer("y", [2], "output") }, { n: 2 });
  const runnable = await machine.build(plan, new Map());
  expect(counts.of("createBuffer")).toBe(8); // 6 of the plan, params, run
  expect(counts.of("createComputePipelineAsync")).toBe(4);
  expect(counts.of("createBindGroup")).toBe(4);
  expect(counts.of("submit")).toBe(0);
  counts.reset();
  runnable.write(x, new Float32Array([1]));
  for (let n = 0; n < 20; n += 1) {
    await runnable.run(someRun({ update: n }));
  }
  expect(counts.made()).toBe(0);
  expect(counts.all()).toEqual({
    writeBuffer: 21,
    createCommandEncoder: 20,
    copyBufferToBuffer: 20,
    beginComputePass: 20,
    dispatchWorkgroups: 80,
    clearBuffer: 20,
    submit: 20,
    onSubmittedWorkDone: 5,
  });
  expect(counts.bytesWritten()).toBe(4 + 20 * 48);

  await runnable.read([total, before]);
  expect(counts.of("createBuffer")).toBe(1);
  counts.reset();
  await runnable.read([total]);
  expect(counts.all()).toEqual({ createCommandEncoder: 1, copyBufferToBuffer: 1, submit: 1, mapAsync: 1 });
  await Promise.all([runnable.read([total]), runnable.read([before])]);
  expect(counts.of("createBuffer")).toBe(1); // for the second that is in flight at the same time
  machine.dispose();
  expect(counts.of("destroy")).toBe(0);
  device.destroy();
  expect(counts.of("destroy")).toBe(1);
});

test("steps that differ in numbers share a bind group, and plans share pipelines", async () => {
  const { device, counts, machine } = await countedMachine();
  const steps = () => {
    const plan = new Plan();
    const x = plan.buffer("x", [4], "input");
    const y = plan.buffer("y", [4], "output");
    for (let t = 0; t < 10; t += 1) {
      plan.dispatch(scale, { x, y }, { n: 4, factor: t });
    }
    return { plan, x, y };
  };
  const { plan, x, y } = steps();
  const runnable = await machine.build(plan, new Map());
  expect(counts.of("createBindGroup")).toBe(1);
  expect(counts.of("createComputePipelineAsync")).toBe(1);
  runnable.write(x, new Float32Array([1, 2, 3, 4]));
  await runnable.run(someRun());
  expect(await runnable.read([y])).toEqual([new Float32Array([9, 18, 27, 36])]);
  await machine.build(steps().plan, new Map());
  expect(counts.of("createComputePipelineAsync")).toBe(1);
  expect(counts.of("createShaderModule")).toBe(1);
  device.destroy();
});

test("one kernel on other buffers has a bind group of its own", async () => {
  const { device, counts, machine } = await countedMachine();
  const plan = new Plan();
  const [a, b, c] = ["a", "b", "c"].map((name) => plan.buffer(name, [2]));
  plan.dispatch(scale, { x: a, y: b }, { n: 2, factor: 3 });
  plan.dispatch(scale, { x: b, y: c }, { n: 2, factor: 5 });
  const runnable = await machine.build(plan, new Map());
  expect(counts.of("createBindGroup")).toBe(2);
  runnable.write(a, new Float32Array([1, 2]));
  await runnable.run(someRun());
  expect(await runnable.read([c])).toEqual([new Float32Array([15, 30])]);
  device.destroy();
});

test("a run is let go while at most eight are in flight", async () => {
  const { device, machine } = await countedMachine();
  const waits: (() => void)[] = [];
  device.queue.onSubmittedWorkDone = () =>
    new Promise((resolve) => {
      waits.push(() => resolve(undefined));
    });
  const runnable = await machine.build(smallPlan().plan, new Map());
  for (let n = 0; n < 7; n += 1) {
    await runnable.run(someRun());
  }
  expect(waits.length).toBe(1);
  let through = false;
  const eighth = runnable.run(someRun()).then(() => {
    through = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(through).toBe(false);
  expect(waits.length).toBe(2);
  waits[0]();
  await eighth;
  expect(through).toBe(true);
  device.destroy();
});
