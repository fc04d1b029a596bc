// bestBackend(net, sizes): the GPU only where it pays. What pays is a matter of numbers; that a hardware GPU
// is asked about them is seen on this browser's adapter, which may be a program and then says here that it is
// a chip.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openCpu } from "../../src/backends/cpu/open.js";
import { reasonOfCost } from "../../src/best_backend.js";
import { adam, bestBackend, crossEntropy, embedding, linear, lstm, sequential } from "../../src/index.js";

const net = sequential({ embed: embedding(40, 16), rnn: lstm(16, 32), head: linear(32, 40) });
const one = { batchSize: 1, sequenceLength: 1 };
const many = { batchSize: 64, sequenceLength: 16 };
const training = { loss: crossEntropy(), optimizer: adam({ lr: 1e-3 }) };

describe("on a hardware GPU", () => {
  beforeEach(() => {
    const info = {
      vendor: "acme",
      architecture: "chip",
      device: "",
      description: "",
      isFallbackAdapter: false,
    };
    vi.spyOn(GPUAdapter.prototype, "info", "get").mockReturnValue(info as unknown as GPUAdapterInfo);
  });
  afterEach(() => vi.restoreAllMocks());

  test.each([
    ["nothing said", undefined, undefined, "webgpu", "there is a hardware GPU"],
    [
      "a step",
      net,
      one,
      "cpu",
      /^the network is too small for a GPU: \d+ operations take the CPU 0\.\d micro/,
    ],
    ["sequences", net, many, "webgpu", "there is a hardware GPU"],
    ["training", net, { ...many, ...training }, "webgpu", "there is a hardware GPU"],
  ] as const)("%s", async (_, asked, sizes, kind, reason) => {
    using best = await bestBackend(asked, sizes);
    expect(best.kind).toBe(kind);
    expect(best.reason).toMatch(reason);
    expect(best.name).toMatch(kind === "cpu" ? /^CPU, SIMD/ : "acme chip");
  });
});

test("a CPU's speed decides: what plain loops would rather leave to a GPU, SIMD does sooner", () => {
  const speeds = [{}, { fused: false }, { simd: false }].map((request) => openCpu(request).speed);
  const [fused, simd, plain] = speeds;
  expect(fused).toBeGreaterThanOrEqual(simd);
  const { flops } = net.plan({ batchSize: 8, sequenceLength: 1 }).cost();
  const seconds = 12e-6;
  expect(reasonOfCost({ flops, seconds }, plain)).toBeUndefined();
  expect(reasonOfCost({ flops, seconds }, simd)).toContain(`${flops} operations`);
  expect(reasonOfCost({ flops, seconds }, fused)).toContain("a GPU like this one 12.0");
  // one operation more than the GPU's time, and the GPU has it
  for (const speed of speeds) {
    const even = seconds * speed;
    expect(reasonOfCost({ flops: Math.ceil(even) + 1, seconds }, speed)).toBeUndefined();
    expect(reasonOfCost({ flops: Math.floor(even) - 1, seconds }, speed)).toContain("12.0");
  }
});
