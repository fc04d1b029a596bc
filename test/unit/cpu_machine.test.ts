// The CPU as a machine: order, reuse, memory and refusals, with kernels that are checked by eye.
// test/unit/cpu_memory.test.ts has more on memory.

import { expect, test } from "vitest";
import { openCpu } from "../../src/backends/cpu/open.js";
import { disposed, Life } from "../../src/backends/life.js";
import { DeviceError, DisposedError, ShapeError } from "../../src/errors.js";
import { Plan } from "../../src/plan/plan.js";
import { cpuKinds } from "../cpu_kinds.js";
import { rate, smallPlan, someRun } from "../small_kernels.js";

for (const { name, request } of cpuKinds) {
  const Floats = request.precision === "float64" ? Float64Array : Float32Array;

  test(`${name}: writes, runs and reads take effect in the order of their calls`, async () => {
    const machine = openCpu(request);
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
    expect(await first).toEqual([new Floats([3, 6, 9, 12, 15]), new Floats(5), new Uint32Array([2, 0, 2])]);
    expect(await second).toEqual([
      new Floats([6, 12, 18, 24, 30]),
      new Floats([3, 6, 9, 12, 15]),
      new Uint32Array([4, 0, 4]),
    ]);
  });

  test(`${name}: a plan outlives the growth of the arena and the disposal of its neighbours`, async () => {
    const machine = openCpu(request);
    const a = smallPlan();
    const b = smallPlan();
    const first = await machine.build(a.plan, new Map());
    const view = first.view(a.total);
    first.write(a.x, new Float32Array([1, 1, 1, 1, 1]));
    const second = await machine.build(b.plan, new Map());
    const large = new Plan();
    large.buffer("large", [1 << 16]);
    await machine.build(large, new Map());
    second.dispose();
    expect(first.view(a.total) === view).toBe(false); // a memory that has grown leaves views of nothing
    expect(first.view(a.total)).toBe(first.view(a.total));
    first.runNow(someRun());
    expect([...first.view(a.total)]).toEqual([3, 3, 3, 3, 3]);
    const third = await machine.build(b.plan, new Map());
    expect(await third.read([b.total])).toEqual([new Floats(5)]);
  });
}

test("the uniform run reaches a kernel", async () => {
  const plan = new Plan();
  const y = plan.buffer("y", [2], "output");
  plan.dispatch(rate, { y }, { n: 2 });
  const runnable = await openCpu().build(plan, new Map());
  await runnable.run(someRun({ lr: 0.5, update: 3 }));
  expect(await runnable.read([y])).toEqual([new Float32Array([1.5, 1.5])]);
});

test("an awaited run lets the event loop turn", async () => {
  const { plan } = smallPlan();
  const runnable = await openCpu().build(plan, new Map());
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  await runnable.run(someRun());
  expect(turned).toBe(true);
});

test("memory is shared between plans, counted in bytes, and given back", async () => {
  const machine = openCpu();
  expect(machine.bytes).toBe(0);
  const a = smallPlan();
  const b = smallPlan();
  const memory = await machine.allocate(a.total);
  expect(machine.bytes).toBe(32);
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
  expect(machine.bytes).toBe(32);
  memory.dispose();
  memory.dispose();
  expect(machine.bytes).toBe(0);
});

test("memory is copied to memory of its size, in the order of the calls", async () => {
  const machine = openCpu();
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

test("what was disposed says so, a plan that shares it too", async () => {
  const machine = openCpu();
  const { plan, x, total } = smallPlan();
  const memory = await machine.allocate(total);
  const sharing = await machine.build(plan, new Map([[total, memory]]));
  memory.dispose();
  const gone = "this memory was disposed; make another.";
  expect(() => memory.write(new Float32Array(1))).toThrow(new DisposedError(`total: ${gone}`));
  await expect(memory.read()).rejects.toThrow(new DisposedError(`total: ${gone}`));
  await expect(sharing.run(someRun())).rejects.toThrow(new DisposedError(`run: ${gone}`));
  await expect(sharing.read([x])).rejects.toThrow(new DisposedError(`x: ${gone}`));
  const runnable = await machine.build(plan, new Map());
  runnable.dispose();
  const over = "this plan was disposed; make another.";
  await expect(runnable.run(someRun())).rejects.toThrow(new DisposedError(`run: ${over}`));
  await expect(runnable.read([x])).rejects.toThrow(new DisposedError(`x: ${over}`));
  expect(() => runnable.write(x, new Float32Array(1))).toThrow(new DisposedError(`x: ${over}`));
  const another = await machine.build(smallPlan().plan, new Map());
  machine.dispose();
  machine.dispose();
  const disposed = "this backend was disposed; make another.";
  expect(() => machine.ensure("cpu.session")).toThrow(new DisposedError(`cpu.session: ${disposed}`));
  await expect(another.run(someRun())).rejects.toThrow(new DisposedError(`run: ${disposed}`));
  await expect(machine.allocate(total)).rejects.toThrow(new DisposedError(`total: ${disposed}`));
  await expect(machine.build(plan, new Map())).rejects.toThrow(new DisposedError(`build: ${disposed}`));
  expect(machine.bytes).toBe(0);
});

test("data that does not fit is refused, and nothing is lost", async () => {
  const machine = openCpu();
  const { plan, x, counts, total } = smallPlan();
  const runnable = await machine.build(plan, new Map());
  expect(() => runnable.write(x, new Float32Array(6))).toThrow(
    new ShapeError("x: was given Float32Array of 6 for element 0 on, it holds 5 f32; give what fits."),
  );
  expect(() => runnable.write(x, new Int32Array(5))).toThrow(
    new ShapeError("x: was given Int32Array of 5 for element 0 on, it holds 5 f32; give what fits."),
  );
  expect(() => runnable.write(counts, new Float32Array(3))).toThrow(
    new ShapeError("counts: was given Float32Array of 3 for element 0 on, it holds 3 u32; give what fits."),
  );
  const memory = await openCpu().allocate(total);
  await expect(machine.build(plan, new Map([[total, memory]]))).rejects.toThrow(
    new DeviceError("total: lies on another backend; it must lie on this one."),
  );
  const short = await machine.allocate({ ...total, shape: [4] });
  await expect(machine.build(plan, new Map([[total, short]]))).rejects.toThrow(
    new ShapeError("total: was given memory of 4 f32, it needs 5 f32; give that of the same network."),
  );
  runnable.write(x, new Float32Array([2]));
  await runnable.run(someRun());
  expect(await runnable.read([total])).toEqual([new Float32Array([6, 0, 0, 0, 0])]);
});

test("building reports its progress and can be given up", async () => {
  const machine = openCpu();
  const { plan } = smallPlan();
  const seen: number[][] = [];
  await machine.build(plan, new Map(), { onProgress: (done, of) => seen.push([done, of]) });
  expect(seen).toEqual([[3, 3]]);
  const signal = AbortSignal.abort(new Error("no longer wanted"));
  await expect(machine.build(plan, new Map(), { signal })).rejects.toThrow("no longer wanted");
});

test("a life ends with what it is within, tells who waits, and lets go of what ends before it", async () => {
  const [machine, memory] = [new Life(), new Life()];
  const plan = new Life(machine, memory);
  const freed: string[] = [];
  plan.atEnd(() => freed.push("plan"));
  const forget = machine.atEnd(() => freed.push("forgotten"));
  forget();
  const waiting = plan.wait("run", new Promise(() => {}));
  memory.end(disposed("memory"));
  await expect(waiting).rejects.toThrow(new DisposedError("run: this memory was disposed; make another."));
  expect([plan.ended, machine.ended, freed]).toEqual([true, false, ["plan"]]);
  plan.end(disposed("plan"));
  machine.end(disposed("backend"));
  expect(() => plan.ensure("read")).toThrow("read: this memory was disposed");
  expect(freed).toEqual(["plan"]);
  plan.atEnd(() => freed.push("late"));
  expect(freed).toEqual(["plan", "late"]);
  await expect(machine.wait("read", Promise.resolve(1))).rejects.toThrow("read: this backend was disposed");
  await expect(new Life().wait("read", Promise.resolve(1))).resolves.toBe(1);
});
