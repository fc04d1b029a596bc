// Panels that last: packed when what they are made of has been written to, and only then. So once an update
// in a trainer, never in a step or in a session's run; and whoever writes weights is seen by all who use
// them.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Held } from "../../src/backends/cpu/held.js";
import type { CpuMemory } from "../../src/backends/cpu/memory.js";
import { openCpu } from "../../src/backends/cpu/open.js";
import { cpuBackend } from "../../src/cpu_backend.js";
import {
  adam,
  type CpuBackend,
  crossEntropy,
  embedding,
  linear,
  lstm,
  sequential,
  type Weights,
} from "../../src/index.js";
import { matmul } from "../../src/kernels/matmul.js";
import type { Ops } from "../../src/kernels/ops.js";
import { formOf } from "../../src/plan/matmul_form.js";
import { tiles } from "../../src/plan/matmul_tile.js";
import { Plan } from "../../src/plan/plan.js";
import { tokens } from "../agree_check.js";
import { cpuKinds } from "../cpu_kinds.js";
import { someRun } from "../small_kernels.js";

/** Matrices that have been packed to be held, whoever holds them. */
let packed = 0;
beforeEach(() => {
  const { refresh } = Held.prototype;
  vi.spyOn(Held.prototype, "refresh").mockImplementation(function (this: Held, ops: Ops) {
    const pack: Ops["pack"] = (...all) => {
      packed += 1;
      ops.pack(...all);
    };
    refresh.call(this, { ...ops, pack });
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** How many are packed meanwhile. */
async function packedIn(act: () => unknown): Promise<number> {
  packed = 0;
  await act();
  return packed;
}

const [B, V] = [3, 7];
const net = sequential({ embed: embedding(V, 5), rnn: lstm(5, 8, { numLayers: 2 }), head: linear(8, V) });

function batch(T: number, seed: number) {
  return { x: tokens([B, T], V, seed), target: tokens([B, T], V, seed + 100) };
}

function trainerOn(backend: CpuBackend, T: number, o: object = {}) {
  const options = { batchSize: B, sequenceLength: T, loss: crossEntropy(), optimizer: adam({ lr: 0.05 }) };
  return backend.trainer(net, { ...options, seed: 3, ...o });
}

function sessionOn(backend: CpuBackend, weights: Weights) {
  return backend.session(net, { weights, batchSize: 1, sequenceLength: 2, stateful: true });
}

describe.each(cpuKinds)("$name", ({ request }) => {
  test("a trainer packs once an update, however many steps that has", async () => {
    const backend = cpuBackend(request);
    const counts: number[] = [];
    for (const T of [2, 9]) {
      const trainer = await trainerOn(backend, T);
      for (let update = 0; update < 4; update += 1) {
        counts.push(await packedIn(() => trainer.step(batch(T, update))));
      }
    }
    expect(new Set(counts).size).toBe(1);
    // R of two layers, forward and backward; the others are what products of few rows multiply with
    expect(counts[0]).toBeGreaterThan(4);
  });

  test("a session packs before its first run, then never again", async () => {
    const backend = cpuBackend(request);
    const opened = await packedIn(() => sessionOn(backend, net.initialWeights()));
    expect(opened).toBeGreaterThan(0);
    const session = await sessionOn(backend, net.initialWeights());
    await session.run({ x: [1, 2] });
    const later = async () => {
      await session.run({ x: [3, 4] });
      session.state.reset();
      session.state.write(await session.state.read());
      session.runSync({ x: [5, 6] });
    };
    expect(await packedIn(later)).toBe(0);
  });

  test("who shares a trainer's weights sees every update", async () => {
    const backend = cpuBackend(request);
    const trainer = await trainerOn(backend, 4);
    const shared = await sessionOn(backend, trainer);
    const seen: unknown[] = [];
    for (let update = 0; update < 3; update += 1) {
      shared.state.reset();
      const { y } = await shared.run({ x: [1, 2] });
      const apart = await sessionOn(backend, await trainer.weights());
      expect((await apart.run({ x: [1, 2] })).y).toEqual(y);
      expect(seen).not.toContainEqual(y);
      seen.push(y);
      expect(await packedIn(() => shared.run({ x: [1, 2] }))).toBe(0);
      await trainer.step(batch(4, update));
      expect(await packedIn(() => shared.run({ x: [1, 2] }))).toBeGreaterThan(0);
    }
  });

  test("weights from a checkpoint are seen", async () => {
    const backend = cpuBackend(request);
    const trainer = await trainerOn(backend, 4);
    await trainer.step(batch(4, 1));
    const bytes = await trainer.save();
    await trainer.step(batch(4, 2));
    const want = await (await sessionOn(backend, trainer)).run({ x: [1, 2] });
    const resumed = await trainerOn(backend, 4, { seed: undefined, resume: bytes });
    const session = await sessionOn(backend, resumed);
    expect(await session.run({ x: [1, 2] })).not.toEqual(want);
    await resumed.step(batch(4, 2));
    session.state.reset();
    expect(await session.run({ x: [1, 2] })).toEqual(want);
  });

  test("whatever writes to a matrix is seen by the next run: the host, a copy, another plan", async () => {
    const machine = openCpu(request);
    const matrix = { name: "B", shape: [2, 2], role: "weights", type: "f32" } as const;
    const memory = await machine.allocate(matrix);
    const { plan, y, x } = productWith(matrix);
    const runnable = await machine.build(plan, new Map([[matrix, memory]]));
    runnable.write(x, new Float32Array([1, 10]));
    const result = async () => {
      const count = await packedIn(() => runnable.run(someRun()));
      return [...(await runnable.read([y]))[0], count];
    };
    memory.write(new Float32Array([1, 2, 3, 4]));
    expect(await result()).toEqual([31, 42, 1]);
    expect(await result()).toEqual([31, 42, 0]);
    memory.write(new Float32Array([5]), 3);
    expect(await result()).toEqual([31, 52, 1]);
    const other = await machine.allocate(matrix);
    other.write(new Float32Array([0, 1, 0, 1]));
    memory.copy(other);
    expect(await result()).toEqual([0, 11, 1]);
    await memory.read();
    expect(await result()).toEqual([0, 11, 0]);
    const clearing = new Plan();
    clearing.use(matrix);
    clearing.before.push({ to: { buffer: matrix, at: 1 }, size: 1 });
    const clear = await machine.build(clearing, new Map([[matrix, memory]]));
    await clear.run(someRun());
    expect(await result()).toEqual([0, 10, 1]);
    const growing = new Plan();
    growing.buffer("large", [1 << 16]);
    await machine.build(growing, new Map()); // the arena moves, addresses stay
    expect(await result()).toEqual([0, 10, 0]);
    runnable.view(x)[0] = 2;
    expect(await result()).toEqual([0, 10, 0]);
  });
});

/** y [1, 2] = x [1, 2] times a matrix. */
function productWith(B: CpuMemory["buffer"]) {
  const plan = new Plan();
  const x = plan.buffer("x", [1, 2], "input");
  const y = plan.buffer("y", [1, 2], "output");
  plan.use(B);
  const strides = {
    a_0: 0,
    a_z: 2,
    a_m1: 0,
    a_m: 2,
    a_k1: 0,
    a_k: 1,
    b_0: 0,
    b_z: 4,
    b_k1: 0,
    b_k: 2,
    b_n: 1,
  };
  const ofC = { c_0: 0, c_z: 2, c_m1: 0, c_m: 2, bias_0: 0, bias_z: 0, bias: 0, accumulate: 0 };
  const sizes = { M: 1, N: 2, K: 2, r: 1, s: 2, Z: 1, ones: 0, ones_0: 0, ones_z: 0, parts: 1 };
  const params = { ...sizes, ...strides, ...ofC };
  const kernel = matmul(formOf(params, tiles[0], undefined, undefined));
  plan.dispatch(kernel, { A: x, B, bias: x, C: y }, params);
  return { plan, x, y };
}
