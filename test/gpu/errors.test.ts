// How WebGPU's errors arrive, word for word: no adapter, a shader that does not compile, errors reported
// late, a lost device.

import { expect, test } from "vitest";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import { scoped } from "../../src/backends/webgpu/scope.js";
import { DeviceError, LimitError, smaller } from "../../src/errors.js";
import { textOf } from "../../src/kernels/texts.js";
import { Plan } from "../../src/plan/plan.js";
import { scale, smallPlan, someRun } from "../small_kernels.js";
import { testDevice, testMachine } from "./device.js";

/** What a promise rejects with. */
async function reason(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error; // everything that is thrown here is one
  }
  throw new Error("it did not reject");
}

test("no WebGPU, no adapter, no device", async () => {
  const without = { requestAdapter: async () => null } as unknown as GPU;
  await expect(openGpu({ gpu: without })).rejects.toThrow(
    new DeviceError(
      "webgpu(): there is no adapter, no GPU that WebGPU may use; switch on hardware acceleration, or use cpu().",
    ),
  );
  const refusing = {
    requestAdapter: async () => ({
      features: new Set(),
      limits: {},
      requestDevice: () => Promise.reject(new Error("not today")),
    }),
  } as unknown as GPU;
  await expect(openGpu({ gpu: refusing })).rejects.toThrow(
    new DeviceError(
      "webgpu(): the adapter gave no device (Error: not today); reload the page, or use cpu().",
    ),
  );
  const described = Object.getOwnPropertyDescriptor(Navigator.prototype, "gpu");
  Object.defineProperty(navigator, "gpu", { value: undefined, configurable: true });
  const error = await reason(openGpu());
  delete (navigator as { gpu?: GPU }).gpu;
  expect(described).toBeDefined();
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.message).toBe(
    "webgpu(): there is no navigator.gpu; use a browser that has WebGPU, on https or localhost, pass { gpu } in " +
      "node, or use cpu().",
  );
});

test("a shader that does not compile names kernel, line, message and the line itself", async () => {
  const machine = await testMachine();
  const plan = new Plan();
  const x = plan.buffer("x", [4]);
  const y = plan.buffer("y", [4]);
  plan.dispatch(
    { ...scale, wgsl: textOf(scale).replace("params.factor *", "params.faktor *") },
    { x, y },
    {
      n: 4,
      factor: 1,
    },
  );
  const error = await reason(machine.build(plan, new Map()));
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.message).toMatch(
    /^scale: its shader does not compile: line 8: .*faktor.*; please report this\.\n8 \| if \(id\.x < params\.n\) \{ y\[id\.x\] = params\.faktor \* x\[id\.x\]; \}$/s,
  );
  expect(machine.bytes).toBe(0);
  const sound = smallPlan();
  const runnable = await machine.build(sound.plan, new Map());
  await runnable.run(someRun());
  expect(() => machine.ensure("after")).not.toThrow();
  machine.dispose();
});

test("a kernel whose declaration and shader disagree is refused when it is built", async () => {
  const machine = await testMachine();
  const plan = new Plan();
  const x = plan.buffer("x", [4]);
  const y = plan.buffer("y", [4]);
  plan.dispatch({ ...scale, bindings: { x: "read", y: "read" } }, { x, y }, { n: 4, factor: 1 });
  const error = await reason(machine.build(plan, new Map()));
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.message).toMatch(/^scale: its pipeline cannot be made: .*; please report this\.$/s);
  expect(() => machine.ensure("after")).not.toThrow();
  machine.dispose();
});

test("a plan over the device's limits is refused before the device sees it", async () => {
  const machine = await testMachine();
  const plan = new Plan();
  const x = plan.buffer("x", [64, 1024, 1024], "input");
  plan.dispatch(scale, { x, y: plan.buffer("y", [4]) }, { n: 4, factor: 1 });
  await expect(machine.build(plan, new Map())).rejects.toThrow(
    new LimitError(
      "x [64, 1024, 1024]: needs a maxStorageBufferBindingSize of 268435456, this device grants 134217728; " +
        `${smaller}, or request more of the device.`,
    ),
  );
  machine.dispose();
});

test("memory over the device's limits is refused before the device sees it", async () => {
  const machine = await testMachine();
  const buffer = { name: "vast", shape: [1024, 1024, 256], role: "weights", type: "f32" } as const;
  const error = await reason(machine.allocate(buffer));
  expect(error).toBeInstanceOf(LimitError);
  expect(error.message).toBe(
    "vast [1024, 1024, 256]: needs a maxStorageBufferBindingSize of 1073741824, this device grants 134217728; " +
      `${smaller}, or request more of the device.`,
  );
  expect(machine.bytes).toBe(0);
  expect(() => machine.ensure("after")).not.toThrow();
  machine.dispose();
});

test("an error scope's error is told by its kind", async () => {
  const pops: (object | null)[] = [];
  const fake = {
    pushErrorScope: () => {},
    popErrorScope: () => Promise.resolve(pops.shift()),
  } as unknown as GPUDevice;
  const of = async (...errors: readonly (object | null)[]) => {
    pops.push(...errors); // innermost first: validation, internal, out-of-memory
    const { made, error } = scoped(fake, "build", () => 7);
    expect(made).toBe(7);
    return error;
  };
  expect(await of(null, null, null)).toBeUndefined();
  const told = { message: "no." };
  expect(await of(told, null, null)).toEqual(
    new DeviceError("build: WebGPU refuses it: no.; please report this."),
  );
  expect(await of(null, null, told)).toEqual(
    new LimitError(`build: the GPU has too little memory free (no.); ${smaller}.`),
  );
  expect(await of(null, told, null)).toEqual(
    new DeviceError("build: WebGPU refuses it: no.; please report this."),
  );
});

test("what a build has made is freed when the device reports an error of it", async () => {
  const device = await testDevice();
  const machine = await openGpu({ device });
  const { plan, total } = smallPlan();
  const runnable = await machine.build(plan, new Map());
  runnable.dispose();
  device.popErrorScope = () => Promise.resolve({ message: "no." });
  const error = await reason(machine.build(plan, new Map())); // its pipelines are there, its buffers are refused
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.message).toBe("build: WebGPU refuses it: no.; please report this.");
  expect((await reason(machine.allocate(total))).message).toBe(
    "total: WebGPU refuses it: no.; please report this.",
  );
  expect(machine.bytes).toBe(0);
  expect(() => machine.ensure("after")).not.toThrow();
  device.destroy();
});

/** Makes an error that nobody captures, and waits until it is told. */
async function lateError(device: GPUDevice): Promise<void> {
  const told = new Promise((resolve) => {
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      resolve(undefined);
    });
  });
  const short = device.createBuffer({ size: 4, usage: GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(short, 0, new Float32Array(4));
  await told;
}

test("an error reported late poisons the machine: later calls reject with it", async () => {
  const machine = await testMachine();
  const { device } = machine;
  const { plan, x } = smallPlan();
  const runnable = await machine.build(plan, new Map());
  await lateError(device);
  const message =
    /^run: an earlier call failed in WebGPU, results since are not to be trusted \(.+\); dispose this backend and make another\.$/s;
  const error = await reason(runnable.run(someRun()));
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.message).toMatch(message);
  expect((await reason(runnable.read([x]))).message).toMatch(/^x: an earlier call failed in WebGPU/);
  expect(() => machine.ensure("gpu.session")).toThrow(/^gpu\.session: an earlier call failed in WebGPU/);
  await expect(machine.build(plan, new Map())).rejects.toThrow(/^build: an earlier call failed in WebGPU/);
  machine.dispose();
});

test("on a borrowed device such an error is its owner's: the machine goes on", async () => {
  const device = await testDevice();
  const machine = await openGpu({ device });
  const { plan, x } = smallPlan();
  const runnable = await machine.build(plan, new Map());
  await lateError(device);
  await expect(runnable.run(someRun())).resolves.toEqual([]);
  await expect(runnable.read([x])).resolves.toHaveLength(1);
  machine.dispose();
  device.destroy();
});

test("when the device is lost, what is pending and what comes later reject with its reason", async () => {
  const device = await testDevice();
  const machine = await openGpu({ device });
  const { plan, x, total } = smallPlan();
  const runnable = await machine.build(plan, new Map());
  const memory = await machine.allocate(total);
  const pending = [reason(runnable.read([x])), reason(memory.read()), reason(runnable.read([total, x]))];
  device.destroy();
  const lost = (where: string) =>
    new RegExp(
      `^${where}: the GPU device was lost \\(destroyed.*\\); make a new backend, and go on from what was saved\\.$`,
      "s",
    );
  const [first, second, third] = await Promise.all(pending);
  expect(first).toBeInstanceOf(DeviceError);
  expect(first.message).toMatch(lost("x"));
  expect(second.message).toMatch(lost("total"));
  expect(third.message).toMatch(lost("total"));
  expect((await machine.lost).message).toMatch(lost("webgpu\\(\\)"));
  expect((await reason(runnable.run(someRun()))).message).toMatch(lost("run"));
  expect((await reason(runnable.read([x]))).message).toMatch(lost("x"));
  expect((await reason(machine.build(plan, new Map()))).message).toMatch(lost("build"));
  expect(() => runnable.write(x, new Float32Array(1))).toThrow(lost("x"));
  expect(() => memory.write(new Float32Array(1))).toThrow(lost("total"));
  machine.dispose();
  expect((await reason(runnable.run(someRun()))).message).toMatch(lost("run"));
});

test("disposing a machine is no loss", async () => {
  const machine = await testMachine();
  let lost = false;
  void machine.lost.then(() => {
    lost = true;
  });
  machine.dispose();
  await machine.device.lost;
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(lost).toBe(false);
});
