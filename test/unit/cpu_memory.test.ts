// The memory of the CPU backend: one arena for all plans, in a WebAssembly.Memory or in an ArrayBuffer. Where
// areas lie, how the arena grows, what is used again, and what is refused.

import { describe, expect, test } from "vitest";
import { Arena, type Ground } from "../../src/backends/cpu/memory.js";
import { openCpu } from "../../src/backends/cpu/open.js";
import { plainGround } from "../../src/backends/cpu/plain.js";
import { simdGround, simdModule } from "../../src/backends/cpu/simd.js";
import { disposed, Life } from "../../src/backends/life.js";
import { LimitError } from "../../src/errors.js";
import { cpu, lstm } from "../../src/index.js";
import { panelSize } from "../../src/kernels/ops.js";
import { type Buffer, Plan } from "../../src/plan/plan.js";
import { cpuKinds } from "../cpu_kinds.js";
import { smallPlan, someRun } from "../small_kernels.js";

function compiled(): Exclude<ReturnType<typeof simdModule>, Error> {
  const module = simdModule();
  if (module instanceof Error) throw module;
  return module;
}

/** A ground that notes how many bytes are asked of it. */
function noted(ground: Ground, asked: number[]): Ground {
  return {
    ...ground,
    grow(bytes) {
      asked.push(bytes);
      return ground.grow(bytes);
    },
  };
}

/** A plan of one buffer. */
function planOf(name: string, elements: number): { plan: Plan; buffer: Buffer } {
  const plan = new Plan();
  return { plan, buffer: plan.buffer(name, [elements]) };
}

const end = disposed("area");

test("the arena aligns, zeroes, reuses and joins what is freed", () => {
  const arena = new Arena(plainGround("float64"));
  const [first, second, third, fourth] = [new Life(), new Life(), new Life(), new Life()];
  const a = arena.allocate(first, 3);
  const b = arena.allocate(second, 3);
  const c = arena.allocate(third, 3);
  expect([a % 2, b % 2, c % 2]).toEqual([0, 0, 0]);
  arena.ops.fill(a, 1, 3);
  arena.ops.fill(b, 2, 3);
  const length = arena.ops.floats.length;
  second.end(disposed("area"));
  first.end(disposed("area"));
  const joined = arena.allocate(fourth, 8);
  expect(joined).toBe(a);
  expect([...arena.ops.floats.subarray(joined, joined + 8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(arena.ops.floats.length).toBe(length);
  fourth.end(disposed("area"));
  third.end(disposed("area"));
  expect(arena.used).toBe(0);
});

test("what is free at the end is a part of what is asked for next", () => {
  const asked: number[] = [];
  const arena = new Arena(noted(plainGround("float32"), asked));
  const [first, second, third] = [new Life(), new Life(), new Life()];
  const a = arena.allocate(first, 100);
  const b = arena.allocate(second, 1000);
  second.end(end);
  expect(arena.allocate(third, 1200)).toBe(b);
  expect([a, b]).toEqual([0, 100]);
  expect(asked).toEqual([0, 4 * (100 + 16), 4 * (1100 + 16), 4 * (1300 + 16)]);
  expect(arena.used).toBe(4 * 1300);
});

test("a refusal of the engine is a LimitError, ends the owner, and leaves the arena as it was", () => {
  const ground = plainGround("float32");
  const refusing: Ground = {
    ...ground,
    grow(bytes) {
      if (bytes > 10_000) throw new RangeError("no more memory");
      return ground.grow(bytes);
    },
  };
  const arena = new Arena(refusing);
  const [first, second, third] = [new Life(), new Life(), new Life()];
  const a = arena.allocate(first, 8);
  arena.ops.fill(a, 3, 8);
  const refused = (): number => arena.allocate(second, 4000);
  expect(refused).toThrow(
    new LimitError(
      "cpu(): its plans need 16096 bytes in one piece, which the engine does not give; " +
        "use a shorter sequenceLength, a smaller batchSize or smaller layers.",
    ),
  );
  expect([second.ended, arena.used]).toEqual([true, 32]);
  expect(arena.allocate(third, 8)).toBe(a + 8);
  expect([...arena.ops.floats.subarray(a, a + 16)]).toEqual([...Array(8).fill(3), ...Array(8).fill(0)]);
});

describe("in a WebAssembly.Memory", () => {
  test("the module keeps to its first bytes", () => {
    const ground = simdGround(compiled());
    expect(ground.reserved % 4).toBe(0);
    expect(ground.reserved).toBeGreaterThan(0);
    const ops = ground.grow(0);
    const all = new Uint8Array(ops.floats.buffer);
    // a product by columns of A, of which it keeps a copy, with a tail in rows, columns and beyond its depth
    const [M, N, K] = [7, 11, 300];
    const a = ground.reserved;
    const b = a + M * K;
    const panels = b + K * N;
    const c = panels + panelSize(K, N);
    const last = c + M * N;
    ops.floats.fill(0.5, a, last);
    all.fill(0xa5, 4 * last);
    ops.pack(panels, b, N, 1, K, N);
    ops.floats.fill(0, c, last);
    ops.product(M, N, K, a, 1, M, panels, c, N, -1, 0);
    expect([...ops.floats.subarray(a, panels)].every((value) => value === 0.5)).toBe(true);
    expect([...ops.floats.subarray(c, last)]).toEqual(Array(M * N).fill(K / 4));
    expect(all.subarray(4 * last).every((byte) => byte === 0xa5)).toBe(true);
  });

  test("the memory is no larger when plans of the same size are built again", async () => {
    const machine = openCpu();
    const { buffer } = planOf("any", 1);
    const any = await machine.allocate(buffer);
    const bytes = (): number => any.view().buffer.byteLength;
    const empty = bytes();
    const build = (elements: number) => machine.build(planOf("large", elements).plan, new Map());
    const sizes = [100_000, 300_000, 200_000];
    let plans = await Promise.all(sizes.map(build));
    const grown = bytes();
    expect(grown - empty).toBeGreaterThan(4 * 600_000 - 2 * 65_536);
    expect(grown - empty).toBeLessThan(4 * 600_000 + 2 * 65_536);
    for (const order of [
      [2, 0, 1],
      [0, 1, 2],
      [1, 2, 0],
    ]) {
      for (const plan of plans) plan.dispose();
      plans = await Promise.all(order.map((n) => build(sizes[n])));
      expect(bytes()).toBe(grown);
    }
    for (const plan of plans) plan.dispose();
    const larger = await build(650_000);
    expect(bytes() - grown).toBeLessThanOrEqual(4 * 50_000 + 65_536);
    larger.dispose();
    expect(machine.bytes).toBe(16);
  });

  test("views are made again after growth", async () => {
    const machine = openCpu();
    const { buffer } = planOf("x", 5);
    const memory = await machine.allocate(buffer);
    memory.write(new Float32Array([1, 2, 3, 4, 5]));
    const before = memory.view();
    const large = await machine.build(planOf("large", 1 << 20).plan, new Map());
    expect(before.length).toBe(0); // growth detaches them
    expect([...memory.view()]).toEqual([1, 2, 3, 4, 5]);
    expect(memory.view()).toBe(memory.view());
    large.dispose();
    expect([...(await memory.read())]).toEqual([1, 2, 3, 4, 5]);
  });
});

describe.each(cpuKinds)("$name", ({ request }) => {
  const isDouble = request.precision === "float64";

  test("every area begins at a multiple of 16 bytes", async () => {
    const machine = openCpu(request);
    for (const elements of [1, 2, 3, 5, 7, 130]) {
      const plan = new Plan();
      const buffers = [
        plan.buffer("floats", [elements]),
        plan.buffer("integers", [elements], "input", "u32"),
        plan.buffer("more", [elements]),
      ];
      const runnable = await machine.build(plan, new Map());
      const memory = await machine.allocate(buffers[0]);
      const places = [...buffers.map((buffer) => runnable.view(buffer)), memory.view()];
      expect(places.map(({ byteOffset }) => byteOffset % 16)).toEqual([0, 0, 0, 0]);
      const ends = places.map(({ byteOffset, byteLength }) => byteOffset + byteLength);
      const reserved = isDouble || request.simd === false ? 0 : 4 * simdGround(compiled()).reserved;
      expect(Math.min(...places.map(({ byteOffset }) => byteOffset))).toBeGreaterThanOrEqual(reserved);
      expect(places.slice(1).every(({ byteOffset }, n) => byteOffset >= ends[n])).toBe(true);
    }
  });

  test("more than 4 GiB are refused with the numbers, and the backend lives on", async () => {
    const machine = openCpu(request);
    const small = smallPlan();
    const runnable = await machine.build(small.plan, new Map());
    const before = machine.bytes;
    const { plan, buffer } = planOf("huge", isDouble ? 1 << 29 : 1 << 30);
    const message = new RegExp(
      String.raw`^cpu\(\): its plans need 4294\d{6} bytes in one piece, it has 4294967296 at most; ` +
        "use a shorter sequenceLength, a smaller batchSize or smaller layers\\.$",
    );
    for (const refused of [() => machine.build(plan, new Map()), () => machine.allocate(buffer)]) {
      const error = await refused().then(Object, (reason: unknown) => reason);
      expect(error).toBeInstanceOf(LimitError);
      expect((error as Error).message).toMatch(message);
      expect(machine.bytes).toBe(before);
    }
    runnable.write(small.x, new Float32Array([1, 1, 1, 1, 1]));
    await runnable.run(someRun());
    expect([...runnable.view(small.total)]).toEqual([3, 3, 3, 3, 3]);
    runnable.dispose();
    expect(machine.bytes).toBe(0);
  });
});

test("a session that does not fit in 4 GiB is refused, and the next one is opened", async () => {
  const backend = cpu();
  const net = lstm(8, 256);
  const open = (batchSize: number) =>
    backend.session(net, { weights: net.initialWeights(), batchSize, sequenceLength: 64 });
  await expect(open(65_536)).rejects.toThrow(/^cpu\(\): its plans need \d{11} bytes/);
  expect(backend.bytes).toBe(0);
  const session = await open(1);
  expect(session.runSync({ x: new Float32Array(8 * 64) }).y).toHaveLength(256 * 64);
});
