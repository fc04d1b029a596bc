// How a recurrent layer's pass is run, on devices of every class.

import { describe, expect, test } from "vitest";
import { LimitError } from "../../src/errors.js";
import { partsOf } from "../../src/kernels/parts.js";
import { choose, type Pass } from "../../src/plan/choice.js";
import { hardware, ordinary, software } from "../../src/plan/device_class.js";
import { scanBytes } from "../../src/plan/estimate.js";

const classes = [software, ordinary, ...hardware];

/** Forward, of a cell with one product of G gates a step: fed with h. */
function forward(G: number, B: number, T: number, H: number, D = 1): Pass {
  return { T, B, H, D, gives: G, exchanges: [{ rows: G * H, depth: H, words: G * H * H, fed: H, sums: 0 }] };
}

/** Its mirror: G terms of one product, fed with the gradients of G gates. */
function backward(G: number, B: number, T: number, H: number, D = 1): Pass {
  const exchanges = [{ rows: G * H, depth: H, words: G * H * H, fed: G * H, sums: 0 }];
  return { T, B, H, D, gives: 1, exchanges };
}

describe("a scan's workgroup", () => {
  test.each([
    ["LSTM H=64", forward(4, 4, 1, 64), backward(4, 4, 1, 64), 1, 5120, 8192],
    ["GRU H=64", forward(3, 4, 1, 64), backward(3, 4, 1, 64), 1, 4096, 6144],
    ["RNN H=128", forward(1, 4, 1, 128), backward(1, 4, 1, 128), 2, 6144, 6144],
    ["LSTM H=128", forward(4, 4, 1, 128), backward(4, 4, 1, 128), 1, 10240, 16384],
  ])("%s of four sequences", (_, there, back, parts, bytes, bytesBack) => {
    for (const [pass, wanted] of [[there, bytes] as const, [back, bytesBack] as const]) {
      const [{ rows, depth }] = pass.exchanges;
      expect(partsOf(rows, depth, 256)).toBe(parts);
      expect(scanBytes(pass.exchanges, 256, 4)).toBe(wanted);
    }
  });

  test("a part has at least four numbers, and there is one at least", () => {
    expect([partsOf(4, 20, 256), partsOf(1, 3, 256), partsOf(257, 64, 256)]).toEqual([4, 1, 1]);
  });
});

test("a cell without exchange is scanned whatever is asked", () => {
  const pass: Pass = { T: 512, B: 4, H: 32, D: 1, gives: 0, exchanges: [] };
  for (const device of classes) {
    for (const strategy of [undefined, "scan", "step"] as const) {
      expect(choose(pass, { device, strategy }).strategy).toBe("scan");
    }
  }
});

test("one is what is asked for, or refused where it does not fit", () => {
  const pass = forward(4, 32, 64, 256);
  for (const strategy of ["scan", "step"] as const) {
    expect(choose(pass, { strategy }).strategy).toBe(strategy);
  }
  const large = backward(4, 1, 64, 1024);
  expect(choose(large).strategy).toBe("step");
  expect(choose(large).reason).toContain("a scan does not fit");
  expect(() => choose(large, { strategy: "scan" })).toThrow(LimitError);
  const limits = { maxComputeWorkgroupStorageSize: 32768 };
  expect(choose(large, { strategy: "scan", limits }).tile).toBe(1);
});

test("no dispatch is estimated to take longer than the bound", () => {
  for (const device of classes) {
    const { steps, seconds, strategy } = choose(forward(4, 1, 4096, 64), {
      device,
      seconds: 1e-3,
      strategy: "scan",
    });
    expect(strategy).toBe("scan");
    expect(steps).toBeGreaterThan(1);
    const step = (seconds - Math.ceil(4096 / steps) * device.launch) / 4096;
    expect(step * steps).toBeLessThanOrEqual(1e-3);
    expect(choose(forward(4, 1, 4096, 64), { device, strategy: "scan" }).steps).toBe(4096);
  }
});

test("on a GPU small units are scanned, large ones are not", () => {
  for (const device of hardware) {
    expect(choose(forward(4, 1, 4096, 64), { device }).strategy).toBe("scan");
    expect(choose(forward(4, 32, 128, 512), { device }).strategy).toBe("step");
  }
});
