// The operations that every kernel's `cpu` is written over, against their definitions, one element at a time.

import { describe, expect, test } from "vitest";
import { plainOps } from "../../src/backends/cpu/plain.js";
import { type Ops, panelSize } from "../../src/kernels/ops.js";
import { mix } from "../../src/random.js";
import { difference, normals } from "../kernel_cases/case.js";

const size = 4096;

function plain(precision: "float32" | "float64" = "float64"): Ops {
  const ops = plainOps(new ArrayBuffer(size * 8), precision);
  ops.floats.set(normals(size));
  return ops;
}

/**
 * Runs it on three vectors of n; gives what it did to d and, for each element, what it was of: d, a, b
 * before.
 */
function applied(f: (ops: Ops, d: number, a: number, b: number, n: number) => void) {
  const ops = plain();
  const [d, a, b, n] = [100, 1000, 2000, 37];
  ops.floats[a] = 0;
  const before = ops.floats.slice();
  f(ops, d, a, b, n);
  const elements = Array.from(
    { length: n },
    (_, i) => [before[d + i], before[a + i], before[b + i]] as const,
  );
  const untouched = before.slice();
  untouched.set(ops.floats.subarray(d, d + n), d);
  expect([...ops.floats]).toEqual([...untouched]);
  return { got: ops.floats.slice(d, d + n), elements };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe("an element of d is", () => {
  const operations: Record<
    string,
    [
      (ops: Ops, d: number, a: number, b: number, n: number) => void,
      (d: number, a: number, b: number) => number,
    ]
  > = {
    "a + b": [(ops, d, a, b, n) => ops.add(d, a, b, n), (_, a, b) => a + b],
    "a - b": [(ops, d, a, b, n) => ops.sub(d, a, b, n), (_, a, b) => a - b],
    "a b": [(ops, d, a, b, n) => ops.mul(d, a, b, n), (_, a, b) => a * b],
    "a / b": [(ops, d, a, b, n) => ops.div(d, a, b, n), (_, a, b) => a / b],
    "the smaller": [(ops, d, a, b, n) => ops.min(d, a, b, n), (_, a, b) => Math.min(a, b)],
    "the larger": [(ops, d, a, b, n) => ops.max(d, a, b, n), (_, a, b) => Math.max(a, b)],
    "sigmoid a": [(ops, d, a, _, n) => ops.sigmoid(d, a, n), (_, a) => sigmoid(a)],
    "tanh a": [(ops, d, a, _, n) => ops.tanh(d, a, n), (_, a) => Math.tanh(a)],
    "relu a": [(ops, d, a, _, n) => ops.relu(d, a, n), (_, a) => Math.max(a, 0)],
    "exp a": [(ops, d, a, _, n) => ops.exp(d, a, n), (_, a) => Math.exp(a)],
    "log a": [(ops, d, a, _, n) => ops.log(d, a, n), (_, a) => Math.log(a)],
    "the root of a": [(ops, d, a, _, n) => ops.sqrt(d, a, n), (_, a) => Math.sqrt(a)],
    "|a|": [(ops, d, a, _, n) => ops.abs(d, a, n), (_, a) => Math.abs(a)],
    "3 a + 0.5": [(ops, d, a, _, n) => ops.affine(d, a, 3, 0.5, n), (_, a) => 3 * a + 0.5],
    "d + 3 a": [(ops, d, a, _, n) => ops.axpy(d, 3, a, n), (d, a) => d + 3 * a],
    "b or d by a": [(ops, d, a, b, n) => ops.select(d, a, b, d, n), (d, a, b) => (a > 0 ? b : d)],
    "2.5": [(ops, d, _, __, n) => ops.fill(d, 2.5, n), () => 2.5],
    "a, in place": [(ops, d, a, _, n) => ops.copy(d, a, n), (_, a) => a],
    "d d": [(ops, d, _, __, n) => ops.mul(d, d, d, n), (d) => d * d],
  };

  test.each(Object.entries(operations))("%s", (_, [operation, element]) => {
    const { got, elements } = applied(operation);
    const want = elements.map(([d, a, b]) => element(d, a, b));
    expect(difference(got, want)).toBeLessThan(1e-15);
  });
});

test("sigmoid stays exact, relative to the result, where it is tiny, and finite where exp is not", () => {
  const ops = plain();
  ops.floats.set([-69, -700, -1000, 1000, 0], 0);
  ops.sigmoid(10, 0, 5);
  const got = ops.floats.slice(10, 15);
  expect(got[0] / Math.exp(-69)).toBeCloseTo(1, 12);
  expect(got[1] / Math.exp(-700)).toBeCloseTo(1, 12);
  expect([...got.slice(2)]).toEqual([0, 1, 0.5]);
});

test("relu lets through what is not a number", () => {
  const ops = plain();
  ops.floats[0] = Number.NaN;
  ops.relu(1, 0, 1);
  expect(ops.floats[1]).toBeNaN();
});

test("copy goes by row strides; a stride of 0 repeats a row", () => {
  const ops = plain();
  ops.floats.set([1, 2, 3, 4, 5, 6], 0);
  ops.floats.fill(9, 20, 40);
  ops.copy(20, 0, 2, 2, 5, 3);
  expect([...ops.floats.slice(20, 28)]).toEqual([1, 2, 9, 9, 9, 4, 5, 9]);
  ops.copy(30, 0, 2, 3, 3, 0);
  expect([...ops.floats.slice(30, 39)]).toEqual([1, 2, 9, 1, 2, 9, 1, 2, 9]);
  ops.copy(40, 0, 1, 2, 1, 3);
  expect([...ops.floats.slice(40, 42)]).toEqual([1, 4]);
});

test("mask is 0 where the hash is below the threshold, else the scale", () => {
  const ops = plain();
  ops.mask(0, 123, 7, 0x60000000, 1.5, 500);
  const want = Array.from({ length: 500 }, (_, i) => (mix(123, 7 + i) < 0x60000000 ? 0 : 1.5));
  expect([...ops.floats.slice(0, 500)]).toEqual(want);
});

test("sum, largest and dot", () => {
  const ops = plain();
  ops.floats.set([3, -5, 7, 2, 4, 6], 0);
  ops.sum(10, 0, 6);
  ops.largest(11, 0, 6);
  ops.largest(12, 1, 1);
  ops.dot(13, 0, 3, 3);
  expect([...ops.floats.slice(10, 14)]).toEqual([17, 7, -5, 3 * 2 - 5 * 4 + 7 * 6]);
});

describe.each(["float32", "float64"] as const)("a product in %s", (precision) => {
  const sizes = [1, 2, 3, 4, 5, 7, 8, 13];

  test("adds A B to C, for every remainder of rows and columns", () => {
    for (const M of sizes) {
      for (const N of sizes) {
        expectProduct(precision, M, N, 3, { a_m: 3, a_k: 1, b_k: N, b_n: 1, c_m: N });
      }
    }
  });

  test("goes by strides", () => {
    expectProduct(precision, 6, 5, 9, { a_m: 1, a_k: 7, b_k: 1, b_n: 9, c_m: 5 });
    expectProduct(precision, 5, 9, 6, { a_m: 11, a_k: 2, b_k: 20, b_n: 2, c_m: 12 });
    expectProduct(precision, 5, 6, 9, { a_m: 9, a_k: 1, b_k: 0, b_n: 0, c_m: 6 });
  });

  test("of nothing changes nothing", () => {
    expectProduct(precision, 5, 6, 0, { a_m: 1, a_k: 1, b_k: 1, b_n: 1, c_m: 6 });
  });
});

test("a product starts from a row, from rows elsewhere, or from nothing", () => {
  const ops = plain();
  ops.floats.set([1, 2, 3, 4], 0);
  ops.floats.set([10, 20], 8);
  ops.pack(100, 0, 2, 1, 2, 2);
  const product = (s: number, s_m: number): number[] => {
    ops.floats.fill(-1, 300, 304);
    ops.product(2, 2, 2, 0, 2, 1, 100, 300, 2, s, s_m);
    return [...ops.floats.slice(300, 304)];
  };
  expect(product(-1, 0)).toEqual([7, 10, 15, 22]);
  expect(product(8, 0)).toEqual([17, 30, 25, 42]);
  expect(product(0, 2)).toEqual([8, 12, 18, 26]);
  expect(product(300, 2)).toEqual([6, 9, 14, 21]);
});

type Strides = Record<"a_m" | "a_k" | "b_k" | "b_n" | "c_m", number>;

function expectProduct(
  precision: "float32" | "float64",
  M: number,
  N: number,
  K: number,
  { a_m, a_k, b_k, b_n, c_m }: Strides,
): void {
  const ops = plain(precision);
  const [a, b, c] = [3, 1000, 2500];
  const want = Float64Array.from(ops.floats);
  for (let m = 0; m < M; m += 1) {
    for (let n = 0; n < N; n += 1) {
      for (let k = 0; k < K; k += 1) {
        want[c + m * c_m + n] += want[a + m * a_m + k * a_k] * want[b + k * b_k + n * b_n];
      }
    }
  }
  const panels = 3200;
  ops.pack(panels, b, b_k, b_n, K, N);
  want.set(ops.floats.subarray(panels, panels + panelSize(K, N)), panels);
  ops.product(M, N, K, a, a_m, a_k, panels, c, c_m, c, c_m);
  const tolerance = precision === "float64" ? 1e-14 : 1e-6;
  expect(difference(ops.floats, want), `${M}x${N}x${K}`).toBeLessThan(tolerance);
}
