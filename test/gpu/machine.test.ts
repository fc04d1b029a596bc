// WebGPU as a machine: order, reuse, sharing, reading and disposal, with kernels that are checked by eye.

import { afterAll, expect, test } from "vitest";
import { openCpu } from "../../src/backends/cpu/open.js";
import { isSoftware, nameOf } from "../../src/backends/webgpu/device.js";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import { DeviceError, DisposedError, ShapeError } from "../../src/errors.js";
import { textOf } from "../../src/kernels/texts.js";
import { cost } from "../../src/plan/cost.js";
import { Plan } from "../../src/plan/plan.js";
import { rate, scale, smallPlan, someRun } from "../small_kernels.js";
import { testDevice, testMachine } from "./device.js";

const machine = await testMachine();
afterAll(() => machine.dispose());

test("a machine says what it is, and what its device grants", async () => {
  expect(machine.kind).toBe("webgpu");
  expect(machine.name).not.toBe("");
  expect(machine.reason).toBe("webgpu() asked for it");
  expect(machine.device.limits.maxBufferSize).toBe(268_435_456);
  const largest = await openGpu({ reason: "the test wants it" });
  const adapter = await navigator.gpu.requestAdapter();
  const granted = largest.device.limits;
  expect(granted.maxBufferSize).toBe(adapter?.limits.maxBufferSize);
  expect(granted.maxStorageBufferBindingSize).toBe(adapter?.limits.maxStorageBufferBindingSize);
  expect(granted.maxComputeWorkgroupStorageSize).toBe(adapter?.limits.maxComputeWorkgroupStorageSize);
  expect(granted.maxStorageBuffersPerShaderStage).toBe(adapter?.limits.maxStorageBuffersPerShaderStage);
  expect(machine.device.limits.maxStorageBuffersPerShaderStage).toBe(8);
  expect(largest.reason).toBe("the test wants it");
  largest.dispose();
});

test("an adapter's name is what the browser tells, and software is known by it", () => {
  const info = { vendor: "", architecture: "", device: "", description: "", isFallbackAdapter: false };
  const of = (told: object) => {
    const whole = { ...info, ...told } as unknown as GPUAdapterInfo;
    return [nameOf(whole), isSoftware(whole)];
  };
  expect(of({ vendor: "nvidia", architecture: "lovelace" })).toEqual(["nvidia lovelace", false]);
  expect(of({ description: "Apple M2" })).toEqual(["Apple M2", false]);
  expect(of({})).toEqual(["a GPU without a name", false]);
  expect(of({ vendor: "google", architecture: "swiftshader" })).toEqual(["google swiftshader", true]);
  const renderers = ["llvmpipe (LLVM 15.0.7, 256 bits)", "Microsoft Basic Render Driver"];
  expect(renderers.map((description) => of({ description }))).toEqual(renderers.map((name) => [name, true]));
  expect(of({ device: "lavapipe", isFallbackAdapter: true })).toEqual(["lavapipe", true]);
  expect([nameOf(undefined), isSoftware(undefined)]).toEqual(["a GPU without a name", false]);
});

test("writes, runs and reads take effect in the order of their calls", async () => {
  const { plan, x, total, before, counts } = smallPlan();
  const runnable = await machine.build(plan, new Map());
  const data = new Float32Array([1, 2, 3, 4, 5]);
  runnable.write(x, data);
  data.fill(100);
  void runnable.run(someRun());
  const first = runnable.read([total, before, counts]);
  runnable.write(x, new Float64Array([1]));
  void runnable.run(someRun());
  const second = runnable.read([total, before, counts]);
  expect(await second).toEqual([
    new Float32Array([6, 12, 18, 24, 30]),
    new Float32Array([3, 6, 9, 12, 15]),
    new Uint32Array([4, 0, 4]),
  ]);
  expect(await first).toEqual([
    new Float32Array([3, 6, 9, 12, 15]),
    new Float32Array(5),
    new Uint32Array([2, 0, 2]),
  ]);
  expect(await runnable.read([])).toEqual([]);
  runnable.dispose();
});

test("what is read is the caller's own", async () => {
  const { plan, x } = smallPlan();
  const runnable = await machine.build(plan, new Map());
  const [first] = await runnable.read([x]);
  first.fill(7);
  runnable.write(x, new Float32Array([1]));
  const [second] = await runnable.read([x]);
  expect(second).toEqual(new Float32Array([1, 0, 0, 0, 0]));
  expect(first).toEqual(new Float32Array([7, 7, 7, 7, 7]));
  expect(first.buffer.byteLength).toBe(20);
  runnable.dispose();
});

test("the uniform run reaches a kernel, anew each run", async () => {
  const plan = new Plan();
  const y = plan.buffer("y", [2], "output");
  plan.dispatch(rate, { y }, { n: 2 });
  const runnable = await machine.build(plan, new Map());
  void runnable.run(someRun({ lr: 0.5, update: 3 }));
  const first = runnable.read([y]);
  void runnable.run(someRun({ lr: 0.25, update: 5 }));
  expect(await first).toEqual([new Float32Array([1.5, 1.5])]);
  expect(await runnable.read([y])).toEqual([new Float32Array([1.25, 1.25])]);
  runnable.dispose();
});

test("an awaited run lets the event loop turn", async () => {
  const { plan } = smallPlan();
  const runnable = await machine.build(plan, new Map());
  let turned = false;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    turned = true;
  };
  port2.postMessage(undefined);
  await runnable.run(someRun());
  expect(turned).toBe(true);
  runnable.dispose();
});

test("memory is shared between plans, counted in bytes, and given back", async () => {
  const start = machine.bytes;
  const a = smallPlan();
  const b = smallPlan();
  const memory = await machine.allocate(a.total);
  expect(machine.bytes).toBe(start + 20);
  const first = await machine.build(a.plan, new Map([[a.total, memory]]));
  const second = await machine.build(b.plan, new Map([[b.total, memory]]));
  memory.write(new Float32Array([7]), 4);
  first.write(a.x, new Float32Array([1]));
  await first.run(someRun());
  await second.run(someRun());
  expect(await second.read([b.before])).toEqual([new Float32Array([3, 0, 0, 0, 7])]);
  expect(await memory.read()).toEqual(new Float32Array([3, 0, 0, 0, 7]));
  first.dispose();
  first.dispose();
  second.dispose();
  memory.dispose();
  memory.dispose();
  expect(machine.bytes).toBe(start);
});

test("a plan takes exactly the memory that cost() tells", async () => {
  const start = machine.bytes;
  const { plan } = smallPlan();
  plan.dispatch(rate, { y: plan.buffer("y", [2], "output") }, { n: 2 });
  const runnable = await machine.build(plan, new Map());
  const { memory } = cost([plan], undefined, machine.device.limits.minUniformBufferOffsetAlignment);
  expect(machine.bytes - start).toBe(memory);
  runnable.dispose();
});

test("memory is copied to memory of its size, in the order of the calls", async () => {
  const { total } = smallPlan();
  const [from, to] = [await machine.allocate(total), await machine.allocate(total)];
  from.write(new Float32Array([1, 2, 3, 4, 5]));
  to.copy(from);
  from.write(new Float32Array([9]));
  to.copy(to);
  expect(await to.read()).toEqual(new Float32Array([1, 2, 3, 4, 5]));
  const short = await machine.allocate({ ...total, shape: [4] });
  expect(() => to.copy(short)).toThrow(
    new ShapeError("total: was given memory of 4 f32, it needs 5 f32; give that of the same network."),
  );
  const elsewhere = await openCpu().allocate(total);
  expect(() => to.copy(elsewhere)).toThrow(
    new DeviceError("total: lies on another backend; it must lie on this one."),
  );
  from.dispose();
  expect(() => to.copy(from)).toThrow(new DisposedError("total: this memory was disposed; make another."));
  to.dispose();
  short.dispose();
});

test("what was disposed says so, a plan that shares it and what is pending too", async () => {
  const own = await testMachine();
  const { plan, x, total } = smallPlan();
  const memory = await own.allocate(total);
  const sharing = await own.build(plan, new Map([[total, memory]]));
  const pendingMemory = memory.read();
  const pendingShared = sharing.read([x]);
  memory.dispose();
  const gone = "this memory was disposed; make another.";
  await expect(pendingMemory).rejects.toThrow(new DisposedError(`total: ${gone}`));
  await expect(pendingShared).rejects.toThrow(new DisposedError(`x: ${gone}`));
  expect(() => memory.write(new Float32Array(1))).toThrow(new DisposedError(`total: ${gone}`));
  await expect(memory.read()).rejects.toThrow(new DisposedError(`total: ${gone}`));
  await expect(sharing.run(someRun())).rejects.toThrow(new DisposedError(`run: ${gone}`));
  const runnable = await own.build(plan, new Map());
  const pending = runnable.read([x]);
  runnable.dispose();
  const over = "this plan was disposed; make another.";
  await expect(pending).rejects.toBeInstanceOf(DisposedError);
  await expect(pending).rejects.toThrow(new DisposedError(`x: ${over}`));
  await expect(runnable.run(someRun())).rejects.toThrow(new DisposedError(`run: ${over}`));
  await expect(runnable.read([x])).rejects.toThrow(new DisposedError(`x: ${over}`));
  expect(() => runnable.write(x, new Float32Array(1))).toThrow(new DisposedError(`x: ${over}`));

  const another = await own.build(smallPlan().plan, new Map());
  const pendingRun = another.run(someRun());
  own.dispose();
  own.dispose();
  const disposed = "this backend was disposed; make another.";
  await expect(pendingRun).rejects.toThrow(new DisposedError(`run: ${disposed}`));
  await expect(another.run(someRun())).rejects.toThrow(new DisposedError(`run: ${disposed}`));
  await expect(own.allocate(total)).rejects.toThrow(new DisposedError(`total: ${disposed}`));
  await expect(own.build(plan, new Map())).rejects.toThrow(new DisposedError(`build: ${disposed}`));
  expect(() => own.ensure("gpu.session")).toThrow(new DisposedError(`gpu.session: ${disposed}`));
  expect(own.bytes).toBe(0);
});

test("a borrowed device outlives its machine, and another machine works on it", async () => {
  const device = await testDevice();
  for (let n = 0; n < 2; n += 1) {
    const borrowing = await openGpu({ device });
    expect(borrowing.device).toBe(device);
    const { plan, x, total } = smallPlan();
    const runnable = await borrowing.build(plan, new Map());
    runnable.write(x, new Float32Array([1]));
    await runnable.run(someRun());
    expect(await runnable.read([total])).toEqual([new Float32Array([3, 0, 0, 0, 0])]);
    borrowing.dispose();
    expect(borrowing.bytes).toBe(0);
  }
  device.destroy();
});

test("data and memory that do not fit are refused, and nothing is lost", async () => {
  const { plan, x, counts, total } = smallPlan();
  const runnable = await machine.build(plan, new Map());
  expect(() => runnable.write(x, new Float32Array(6))).toThrow(
    new ShapeError("x: was given Float32Array of 6 for element 0 on, it holds 5 f32; give what fits."),
  );
  expect(() => runnable.write(counts, new Float32Array(3))).toThrow(
    new ShapeError("counts: was given Float32Array of 3 for element 0 on, it holds 3 u32; give what fits."),
  );
  const foreign = await openCpu().allocate(total);
  await expect(machine.build(plan, new Map([[total, foreign]]))).rejects.toThrow(
    new DeviceError("total: lies on another backend; it must lie on this one."),
  );
  const short = await machine.allocate({ ...total, shape: [4] });
  await expect(machine.build(plan, new Map([[total, short]]))).rejects.toThrow(
    new ShapeError("total: was given memory of 4 f32, it needs 5 f32; give that of the same network."),
  );
  short.dispose();
  runnable.write(x, new Float32Array([2]));
  await runnable.run(someRun());
  expect(await runnable.read([total])).toEqual([new Float32Array([6, 0, 0, 0, 0])]);
  runnable.dispose();
});

test("building reports its progress and can be given up", async () => {
  const own = await testMachine();
  const { plan } = smallPlan();
  const seen: number[][] = [];
  const runnable = await own.build(plan, new Map(), { onProgress: (done, of) => seen.push([done, of]) });
  expect(seen).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
  runnable.dispose();
  await expect(
    own.build(plan, new Map(), { signal: AbortSignal.abort(new Error("no longer wanted")) }),
  ).rejects.toThrow("no longer wanted");
  const late = new AbortController();
  const different = new Plan();
  const xy = { x: different.buffer("x", [4]), y: different.buffer("y", [4]) };
  different.dispatch({ ...scale, wgsl: `${textOf(scale)} // not compiled yet` }, xy, { n: 4, factor: 2 });
  const building = own.build(different, new Map(), { signal: late.signal });
  late.abort(new Error("changed my mind"));
  await expect(building).rejects.toThrow("changed my mind");
  expect(own.bytes).toBe(0);
  own.dispose();
});
