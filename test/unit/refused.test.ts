// Where an engine has no WebAssembly, or a page refuses it, or it is too old for SIMD: the CPU backend runs
// on plain loops, says so and why, and gives what plain loops give. test/gpu/policy.test.ts has a page that
// refuses.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Tensor } from "../../src/index.js";
import { floats } from "../agree_check.js";

beforeEach(() => {
  vi.resetModules(); // what is compiled is kept
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** The library as a page loads it now. */
const library = () => import("../../src/index.js");

/** The global WebAssembly, but for some of it. */
function stubWith(some: object): void {
  vi.stubGlobal("WebAssembly", Object.assign(Object.create(WebAssembly), some));
}

/** What a session gives and what a trainer learns. */
async function results(simd?: boolean): Promise<{ name: string; reason: string; numbers: unknown[] }> {
  const { adam, cpu, linear, lstm, sequential, squaredError } = await library();
  const backend = simd === undefined ? cpu() : cpu({ simd });
  const net = sequential({ rnn: lstm(2, 5), head: linear(5, 1) });
  const sizes = { batchSize: 2, sequenceLength: 3 };
  const o = { ...sizes, loss: squaredError(), optimizer: adam({ lr: 0.01 }), seed: 1 };
  const trainer = await backend.trainer(net, o);
  const [x, target] = [floats([2, 3, 2], 1), floats([2, 3, 1], 2)] as Tensor<Float32Array>[];
  for (let update = 0; update < 3; update += 1) await trainer.step({ x, target });
  const session = await backend.session(net, { ...sizes, weights: trainer });
  const numbers = [await trainer.weights(), await trainer.metrics(), session.runSync({ x })];
  return { name: backend.name, reason: backend.reason, numbers };
}

const refusals: Record<string, { readonly stub: () => void; readonly why: RegExp }> = {
  "an engine without WebAssembly": {
    stub: () => vi.stubGlobal("WebAssembly", undefined),
    why: /^cpu\(\) asked for it; no SIMD: .*(WebAssembly|validate)/,
  },
  "a page that refuses it": {
    stub: () =>
      stubWith({
        Module: class {
          constructor() {
            throw new WebAssembly.CompileError("violates the Content Security Policy");
          }
        },
      }),
    why: /^cpu\(\) asked for it; no SIMD: violates the Content Security Policy$/,
  },
  "an engine without SIMD": {
    stub: () => stubWith({ validate: () => false }),
    why: /^cpu\(\) asked for it; no SIMD: the engine has no SIMD in WebAssembly$/,
  },
};

describe.each(Object.entries(refusals))("%s", (_, { stub, why }) => {
  test("gives plain loops, and the reason", async () => {
    stub();
    const { name, reason, numbers } = await results();
    expect(name).toBe("CPU, plain loops");
    expect(reason).toMatch(why);
    vi.unstubAllGlobals();
    vi.resetModules();
    const plain = await results(false);
    expect(plain.name).toBe(name);
    expect(plain.reason).toBe("cpu() asked for it");
    expect(numbers).toEqual(plain.numbers);
  });

  test("is no matter to who wants plain loops, and none to bestBackend", async () => {
    stub();
    const { bestBackend, cpu } = await library();
    expect(cpu({ precision: "float64" }).name).toBe("CPU, plain loops, float64");
    expect(cpu({ precision: "float64" }).reason).toBe("cpu() asked for it");
    expect(cpu({ simd: false }).reason).toBe("cpu() asked for it");
    expect((await bestBackend()).name).toBe("CPU, plain loops");
  });
});

test("a module is compiled once, and only where SIMD is asked for", async () => {
  let compiled = 0;
  const { Module } = WebAssembly;
  stubWith({
    Module: class extends Module {
      constructor(bytes: BufferSource) {
        compiled += 1;
        super(bytes);
      }
    },
  });
  const { cpu } = await library();
  expect(cpu({ simd: false }).name).toBe("CPU, plain loops");
  expect(cpu({ precision: "float64" }).name).toBe("CPU, plain loops, float64");
  expect(compiled).toBe(0);
  expect([cpu().name, cpu().name]).toEqual(
    ["CPU, SIMD", "CPU, SIMD"].map((name) => expect.stringContaining(name)),
  );
  expect(compiled).toBe(1);
});
