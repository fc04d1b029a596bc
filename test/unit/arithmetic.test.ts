// Which products multiply and add in float16: where the device can, where it was asked for or matrices are stored so, and
// where that is faster; and what their texts are.

import { describe, expect, test } from "vitest";
import { WgslReflect } from "wgsl_reflect";
import { adam, crossEntropy, embedding, linear, lstm, sequential } from "../../src/index.js";
import { matmul } from "../../src/kernels/matmul.js";
import { textOf } from "../../src/kernels/texts.js";
import type { PlanRequest } from "../../src/network/planner.js";
import { arithmeticOf } from "../../src/plan/choice.js";
import { type DeviceClass, hardware, ordinary, software } from "../../src/plan/device_class.js";
import { float16Tiles, sharesOf, tiles } from "../../src/plan/matmul_tile.js";
import { asBefore, ensureRunsAs, type Ran, ranOf } from "../../src/training/checkpoint.js";

const classes = [software, ordinary, ...hardware];
const gaining = ["integrated", "server"];

describe("what is not asked for", () => {
  test("follows the storage, on devices that gain by it", () => {
    for (const device of classes) {
      const of = (more: object): string => arithmeticOf({ device, float16: true, ...more });
      expect(of({})).toBe("float32");
      expect(of({ storage: "float32" })).toBe("float32");
      expect(of({ storage: "float16" })).toBe(gaining.includes(device.name) ? "float16" : "float32");
      expect(of({ storage: "float16", arithmetic: "float32" })).toBe("float32");
      expect(of({ arithmetic: "float16" })).toBe("float16");
    }
  });

  test("is float32 where the device has no float16, as a GPU of which nothing is known and a CPU", () => {
    for (const device of [undefined, ...classes]) {
      for (const storage of ["float32", "float16"] as const) {
        expect(arithmeticOf({ device, storage })).toBe("float32");
        expect(arithmeticOf({ device, storage, arithmetic: "float16" })).toBe("float32");
      }
    }
  });
});

describe("a product takes it where that is estimated to be faster", () => {
  const large = { M: 2048, N: 512, K: 512, Z: 1 };
  const of = (sizes: typeof large, device: DeviceClass, isAllowed: boolean) =>
    sharesOf(sizes, device, undefined, isAllowed);

  test.each(classes)("$name", (device) => {
    const [float32, float16] = [of(large, device, false), of(large, device, true)];
    expect(float32.tile.float16).toBeUndefined();
    expect(float16.tile.float16).toBe(device === software ? undefined : true);
    const gain = float32.seconds / float16.seconds;
    expect(gain).toBeGreaterThanOrEqual(1);
    expect(gain > 1.2).toBe(gaining.includes(device.name));
  });

  test("not sums of ones alone, nor where float16 is slow", () => {
    for (const device of hardware) {
      expect(of({ ...large, N: 0 }, device, true).tile.float16).toBeUndefined();
      expect(of(large, { ...device, float16Rate: 0.5 }, true).tile.float16).toBeUndefined();
    }
  });

  test("all products of a training step, forward and backward; plan.print() says which", () => {
    const net = sequential({ embed: embedding(64, 128), rnn: lstm(128, 256), head: linear(256, 64) });
    const o = { batchSize: 32, sequenceLength: 64, loss: crossEntropy(), optimizer: adam() };
    const products = (more: object): string[] =>
      net
        .plan({ ...o, ...more } as typeof o)
        .print()
        .split("\n")
        .filter((line) => line.startsWith("matmul"));
    const count = (more: object): number =>
      products(more).filter((line) => line.includes(" in float16")).length;
    for (const device of hardware.filter(({ name }) => gaining.includes(name))) {
      const on = { device, float16: true, storage: "float16" };
      const all = products(on).length;
      expect(all).toBeGreaterThanOrEqual(7);
      expect(count(on)).toBe(all);
      expect(count({ ...on, storage: "float32", arithmetic: "float16" })).toBe(all);
      expect(count({ ...on, arithmetic: "float32" })).toBe(0);
      expect(count({ ...on, float16: false })).toBe(0);
    }
    expect(count({ arithmetic: "float16" })).toBe(0); // without a device: portable
  });
});

describe("texts", () => {
  const forms = (float16: boolean) =>
    (float16 ? float16Tiles : tiles.filter(({ depth }) => depth > 0)).flatMap((tile) =>
      (["vec4 k", "vec4 other"] as const).map((b) =>
        matmul({
          ...{ tile, a: "vec4 k", b, c: true, tail: false, levels: "" },
          ...{ bias: true, accumulate: true, ones: true },
        }),
      ),
    );

  test("of float32 know nothing of it", () => {
    for (const kernel of forms(false)) expect(textOf(kernel)).not.toMatch(/f16|\d+h\b/);
  });

  test("of float16 enable it; fours in workgroup memory take half the bytes, sums and ones are of float32", () => {
    forms(true).forEach((kernel, n) => {
      const text = textOf(kernel);
      expect(text).toMatch(/^enable f16;\n/);
      expect(new WgslReflect(text).entry.compute).toHaveLength(1);
      expect(kernel.name).toBe(`${forms(false)[n].name} in float16`);
      expect(kernel.workgroupBytes).toBe((forms(false)[n].workgroupBytes ?? 0) / 2);
      expect(text).toContain("fn add(sums: vec4h, a: vec4h, b: mat4x4h) -> vec4h {");
      expect(text).toContain("var sums0_0 = bias0;");
      expect(text).toContain("sums0_0 += vec4f(part0_0);");
      expect(text).toContain("var ones0 = C[");
    });
  });
});

test("a checkpoint goes on by the arithmetic that it was made with", () => {
  const request = { batchSize: 1, sequenceLength: 1, optimizer: adam(), device: hardware[0] };
  const built = { plan: { chosen: new Map() }, sizes: { B: 1 } } as never;
  const ran = (more: object) => ranOf({ ...request, ...more }, built, "float16");
  const [half, full] = [ran({ float16: true }), ran({})];
  expect([half.arithmetic, full.arithmetic]).toEqual(["float16", "float32"]);
  const resumed = (given: PlanRequest, by: Ran) => asBefore(given, by).arithmetic;
  expect(resumed(request, half)).toBe("float16");
  expect(resumed(request, full)).toBe("float32");
  expect(resumed({ ...request, arithmetic: "float32" }, half)).toBe("float32");
  ensureRunsAs(half, half, true);
  expect(() => ensureRunsAs(half, full, true)).toThrow(
    /the file has products in float16; this trainer has products in float32/,
  );
  ensureRunsAs(half, full); // where the device has none
  const old = { ...full, arithmetic: "" }; // from before there was another
  ensureRunsAs(old, full);
  expect(resumed({ ...request, storage: "float16" }, old)).toBe("float32");
});
