// Which form a product takes: its tile and its parts by sizes and device, how it is read by where its operands lie.

import { describe, expect, test } from "vitest";
import { adam, crossEntropy, linear, lstm, sequential } from "../../src/index.js";
import { type MatmulParams, matmul } from "../../src/kernels/matmul.js";
import { sizesOf, workgroupBytes } from "../../src/kernels/matmul_form.js";
import { type DeviceClass, hardware, ordinary, processor, software } from "../../src/plan/device_class.js";
import { formOf } from "../../src/plan/matmul_form.js";
import { deepTiles, type Freedom, type Sizes, sharesOf, tiles } from "../../src/plan/matmul_tile.js";

const server = hardware.find(({ name }) => name === "server") ?? ordinary;

/** The products of the bench's workloads: M, N, K, Z, and what may be done about their sums. */
const workloads: Readonly<Record<string, readonly [number, number, number, number?, Freedom?]>> = {
  "A, B = 1, T = 1": [1, 512, 128],
  "B, B = 1, T = 512": [512, 512, 64],
  "C, LSTM": [2048, 1024, 128],
  "C, GRU": [2048, 768, 128],
  "C, RNN": [2048, 256, 128],
  "D, first layer": [1024, 512, 64, 2],
  "D, second layer": [1024, 512, 256, 2],
  "E, inputs": [2048, 512, 64],
  "E, head": [2048, 64, 128],
  "E, head, its input's gradient": [2048, 128, 64],
  "E, head, dW": [64, 128, 2048, 1, "partial"],
  "E, dW": [512, 64, 2048, 1, "partial"],
  "E, dR": [512, 128, 2048, 1, "partial"],
  "F, head": [1, 64, 128, 1, "alone"],
};

function sizesOfWorkload(name: string): Sizes & { freedom: Freedom } {
  const [M, N, K, Z = 1, freedom] = workloads[name];
  return { M, N, K, Z, freedom };
}

function chosen(sizes: Sizes & { freedom: Freedom }, device: DeviceClass): string {
  const { tile, parts } = sharesOf(sizes, device, sizes.freedom);
  const { M, N } = sizesOf(tile);
  const deep = tile.deep ? `, ${tile.deep} threads a sum` : "";
  return `${M}x${N}x${tile.depth}, ${tile.block.join("x")} a thread${deep}${parts > 1 ? `, ${parts} parts` : ""}`;
}

test.each([software, ordinary, server])("tiles of the bench's products: $name", (device) => {
  expect(
    Object.keys(workloads).map((name) => `${name}: ${chosen(sizesOfWorkload(name), device)}`),
  ).toMatchSnapshot();
});

test.each([processor, software, ordinary, ...hardware])("padded work is under a quarter: $name", (device) => {
  for (const name of Object.keys(workloads)) {
    const sizes = sizesOfWorkload(name);
    const { tile, parts } = sharesOf(sizes, device, sizes.freedom);
    const { M, N } = sizesOf(tile);
    const up = (n: number, to: number): number => Math.ceil(n / to) * to;
    const step = tile.depth || 4 * (tile.deep ?? 1);
    const depth = parts * up(up(sizes.K / parts, 32), step);
    const padded = (up(sizes.M, M) * up(sizes.N, N) * depth) / (sizes.M * sizes.N * sizes.K);
    expect(padded, `${device.name}, ${name}: ${chosen(sizes, device)}`).toBeLessThan(1.25);
  }
});

test("sums are in parts where they are long and few, of weights' gradients alone, and never on one core", () => {
  const [few, many] = [
    { M: 64, N: 64, K: 8192, Z: 1 },
    { M: 4096, N: 4096, K: 8192, Z: 1 },
  ];
  expect(sharesOf(few, server, "partial").parts).toBeGreaterThan(8);
  expect(sharesOf(few, server).parts).toBe(1);
  expect(sharesOf({ ...few, K: 127 }, server, "partial").parts).toBe(1);
  expect(sharesOf(many, ordinary, "partial").parts).toBe(1);
  const sums = sharesOf({ M: 2048, N: 512, K: 1 << 20, Z: 1 }, server, "partial").parts * 2048 * 513 * 4;
  expect(sums, "32 MiB are enough").toBeLessThanOrEqual(1 << 25);
  for (const sizes of [few, many]) expect(sharesOf(sizes, processor, "partial").parts).toBe(1);
});

test("every tile fits what every device grants, however its operands lie", () => {
  for (const tile of [...deepTiles, ...tiles]) {
    const { M, threads } = sizesOf(tile);
    const form = formOf({ ...whole, K: 18 }, tile, undefined, undefined);
    expect(workgroupBytes({ ...form, a: "k", b: "k" })).toBeLessThanOrEqual(16_384);
    if (tile.depth > 0) expect(M, "a thread for each row's sum").toBeLessThanOrEqual(threads);
    expect(tile.depth % 4).toBe(0);
  }
});

/** A row-major product A Bᵀ of whole fours. */
const whole: MatmulParams = {
  ...{
    M: 64,
    N: 32,
    K: 16,
    Z: 1,
    r: 64,
    s: 16,
    parts: 1,
    bias: 0,
    accumulate: 0,
    ones: 0,
    ones_0: 0,
    ones_z: 0,
  },
  ...{ a_0: 0, a_z: 0, a_m1: 0, a_m: 16, a_k1: 0, a_k: 1, b_0: 0, b_z: 0, b_k1: 0, b_k: 1, b_n: 16 },
  ...{ c_0: 0, c_z: 0, c_m1: 0, c_m: 32, bias_0: 0, bias_z: 0 },
};
const transposed = { a_m: 1, a_k: 64, b_k: 32, b_n: 1 };

describe("how operands are read", () => {
  const staged = tiles.find(({ block, depth }) => depth > 0 && block[0] === 4) ?? tiles[0];
  const [straight] = tiles;
  const reading = (more: Partial<MatmulParams>, live?: "rows" | "depth") => {
    const { a, b, c } = formOf({ ...whole, ...more }, staged, live, undefined);
    return [a, b, c ? "vec4" : "one"];
  };
  test.each([
    ["whole fours", {}, ["vec4 k", "vec4 k", "vec4"]],
    ["not whole fours of k", { K: 18 }, ["k", "k", "vec4"]],
    ["rows of A off a four", { a_m: 18 }, ["k", "vec4 k", "vec4"]],
    ["B off a four", { b_0: 2 }, ["vec4 k", "k", "vec4"]],
    ["C off a four", { c_0: 1 }, ["vec4 k", "vec4 k", "one"]],
    ["N not whole fours", { N: 31 }, ["vec4 k", "vec4 k", "one"]],
    ["z off a four, of one", { a_z: 3, b_z: 3, c_z: 3 }, ["vec4 k", "vec4 k", "vec4"]],
    ["z off a four, of two", { Z: 2, a_z: 3, b_z: 3, c_z: 3 }, ["k", "k", "one"]],
    ["both transposed", transposed, ["vec4 other", "vec4 other", "vec4"]],
    ["with ones", { ...transposed, ones: 1 }, ["vec4 other", "vec4 other", "one"]],
    [
      "rows in groups off a four",
      { ...transposed, r: 6, a_m1: 384, c_m1: 192 },
      ["other", "vec4 other", "vec4"],
    ],
    ["k in groups of 8", { s: 8, a_k1: 32, b_k1: 16, a_m: 64 }, ["vec4 k", "vec4 k", "vec4"]],
    ["k in groups of 6", { s: 6, K: 24, a_k1: 32, b_k1: 16, a_m: 64 }, ["k", "k", "vec4"]],
    ["of no columns", { ...transposed, N: 0, ones: 1 }, ["vec4 other", "other", "one"]],
  ] as const)("%s", (_, more, want) => {
    expect(reading(more)).toEqual(want);
  });

  test("a table says which rows or k's: those cannot be read by fours", () => {
    expect(reading({}, "rows")).toEqual(["vec4 k", "vec4 k", "vec4"]);
    expect(reading({}, "depth")).toEqual(["k", "k", "vec4"]);
    expect(reading(transposed, "rows")[0]).toBe("other");
  });

  test("threads that read for themselves do not by fours along k, and need no end within them", () => {
    const { a, b, c, tail } = formOf({ ...whole, K: 18 }, straight, undefined, undefined);
    expect([straight.depth, a, b, c, tail]).toEqual([0, "k", "k", true, false]);
    expect(formOf({ ...whole, ...transposed }, straight, undefined, undefined).b).toBe("vec4 other");
    expect(formOf({ ...whole, K: 18 }, staged, undefined, undefined).tail).toBe(true);
  });
});

test("what a product moves, in bytes", () => {
  const bytes = (more: Partial<MatmulParams>, live?: "rows" | "depth", rows?: number) => {
    const p = { ...whole, ...more };
    return matmul(formOf(p, tiles[0], live, undefined)).bytes?.(
      p,
      rows === undefined ? undefined : { rows, at: () => 0 },
    );
  };
  const [A, B, C] = [64 * 16, 16 * 32, 64 * 32];
  expect(bytes({})).toBe(4 * (A + B + C));
  expect(bytes({ accumulate: 1, bias: 1 })).toBe(4 * (A + B + 2 * C + 32));
  expect(bytes({ Z: 3, a_z: A, c_z: C })).toBe(4 * (3 * A + B + 3 * C));
  expect(bytes({ ones: 1, parts: 2 })).toBe(4 * (A + B + 2 * (C + 64)));
  expect(bytes({}, "rows", 10)).toBe(4 * (10 * 16 + B + 10 * 32 + 10));
  expect(bytes({}, "depth", 10)).toBe(4 * (64 * 10 + 10 * 32 + C + 10));
});

test("a training step has one dispatch more for each product in parts", () => {
  const net = sequential({ rnn: lstm(32, 48, { numLayers: 2 }), head: linear(48, 16) });
  const [T, B] = [64, 16];
  const o = { batchSize: B, sequenceLength: T, loss: crossEntropy(), optimizer: adam() };
  const count = (device: DeviceClass): number =>
    net.plan({ ...o, strategy: "step", device } as typeof o).cost().dispatches;
  const gradients = [
    [192, 32],
    [192, 48],
    [192, 48],
    [192, 48],
    [16, 48],
  ].map(([M, N]) => ({ M, N, K: T * B, Z: 1 }));
  for (const device of [software, ordinary, ...hardware]) {
    const inParts = gradients.filter((sizes) => sharesOf(sizes, device, "partial").parts > 1).length;
    expect(count(device), device.name).toBe(count(processor) + inParts);
  }
  expect(gradients.filter((sizes) => sharesOf(sizes, server, "partial").parts > 1).length).toBe(5);
});
