// The operations in WebAssembly against plain loops, one by one: over lengths, alignments, rows, and numbers
// that are none. Runs in node and, for what node lacks, in Chromium.

import { describe, expect, test } from "vitest";
import type { Ground } from "../src/backends/cpu/memory.js";
import { plainGround } from "../src/backends/cpu/plain.js";
import { simdGround, simdModule } from "../src/backends/cpu/simd.js";
import { type Ops, panelSize } from "../src/kernels/ops.js";
import { Random } from "../src/random.js";
import { difference, normals } from "./kernel_cases/case.js";

/** Elements that a test may use, from `first` on. */
const size = 1 << 15;
const first = 1 << 13;
const longest = 67;

function opsOf(ground: Ground): Ops {
  return ground.grow(4 * (first + size));
}

function grounds(fused: boolean): { readonly simd: Ops; readonly plain: Ops } {
  const module = simdModule(fused);
  if (module instanceof Error) throw module;
  expect(module.fused).toBe(fused);
  return { simd: opsOf(simdGround(module)), plain: opsOf(plainGround("float32")) };
}

/** Operations that write a vector at d of two at a and b. */
const vectors: Record<string, (ops: Ops, d: number, a: number, b: number, n: number) => void> = {
  copy: (ops, d, a, _, n) => ops.copy(d, a, n),
  neg: (ops, d, a, _, n) => ops.neg(d, a, n),
  sigmoid: (ops, d, a, _, n) => ops.sigmoid(d, a, n),
  tanh: (ops, d, a, _, n) => ops.tanh(d, a, n),
  relu: (ops, d, a, _, n) => ops.relu(d, a, n),
  exp: (ops, d, a, _, n) => ops.exp(d, a, n),
  log: (ops, d, a, _, n) => ops.log(d, a, n),
  sqrt: (ops, d, a, _, n) => ops.sqrt(d, a, n),
  abs: (ops, d, a, _, n) => ops.abs(d, a, n),
  add: (ops, d, a, b, n) => ops.add(d, a, b, n),
  sub: (ops, d, a, b, n) => ops.sub(d, a, b, n),
  mul: (ops, d, a, b, n) => ops.mul(d, a, b, n),
  div: (ops, d, a, b, n) => ops.div(d, a, b, n),
  min: (ops, d, a, b, n) => ops.min(d, a, b, n),
  max: (ops, d, a, b, n) => ops.max(d, a, b, n),
  select: (ops, d, a, b, n) => ops.select(d, a, b, d, n),
  fill: (ops, d, _, __, n) => ops.fill(d, 1.5, n),
  affine: (ops, d, a, _, n) => ops.affine(d, a, 0.75, -1.25, n),
  axpy: (ops, d, a, _, n) => ops.axpy(d, 0.75, a, n),
  mask: (ops, d, _, __, n) => ops.mask(d, 12345, 7, 0x60000000, 1.5, n),
  "mask far on": (ops, d, _, __, n) => ops.mask(d, 0xfedcba98, 0xffffffe0, 0xa0000000, 1.5, n),
  sum: (ops, d, a, _, n) => ops.sum(d, a, n),
  dot: (ops, d, a, b, n) => ops.dot(d, a, b, n),
  largest: (ops, d, a, _, n) => ops.largest(d, a, n),
  "mul in place": (ops, d, _, b, n) => ops.mul(d, d, b, n),
};

/** The same over rows, by strides. */
const rows: Record<string, (ops: Ops, d: number, a: number, b: number, n: number) => void> = {
  "tanh of rows": (ops, d, a, _, n) => ops.tanh(d, a, n, 5, n + 3, n),
  "copy of one row": (ops, d, a, _, n) => ops.copy(d, a, n, 5, n, 0),
  "rows side by side": (ops, d, a, b, n) => ops.sub(d, a, b, n, 5, n, n, n),
  "rows and one row": (ops, d, a, b, n) => ops.mul(d, a, b, n, 5, n + 1, n + 2, 0),
  "rows added up": (ops, d, a, _, n) => ops.add(d, d, a, n, 5, 0, 0, n + 1),
  "select of rows": (ops, d, a, b, n) => ops.select(d, a, b, a, n, 5, n + 1, n, 0, n + 4),
  "sums of rows": (ops, d, a, _, n) => ops.sum(d, a, n, 5, 2, n + 1),
  "fill of rows": (ops, d, _, __, n) => ops.fill(d, 2.5, n, 5, n + 2),
};

/** Both implementations on the same numbers; gives the largest difference anywhere among them. */
function apart(
  { simd, plain }: { simd: Ops; plain: Ops },
  numbers: Float32Array,
  run: (ops: Ops) => void,
): number {
  for (const ops of [simd, plain]) {
    ops.floats.set(numbers, first);
    run(ops);
  }
  const end = first + numbers.length;
  return difference(simd.floats.subarray(first, end), plain.floats.subarray(first, end));
}

const special = [Number.NaN, Infinity, -Infinity, 0, -0, 1e-42, -1e-42, 3e38, -3e38, 1, -1];

export function checkSimd(fused: boolean): void {
  describe(fused ? "SIMD, fused" : "SIMD", () => {
    const both = grounds(fused);
    const numbers = normals(size);
    const few = numbers.subarray(0, 4096); // all that vectors reach

    test.each(Object.entries({ ...vectors, ...rows }))(
      "%s, over lengths 0 to 67 and all alignments",
      (_, run) => {
        let worst = 0;
        for (let n = 0; n <= longest; n += 1) {
          for (let shift = 0; shift < 16; shift += 1) {
            // d, a and b each at an alignment of its own
            const [d, a, b] = [shift & 3, (shift >> 2) & 3, (shift * 7) & 3];
            const at = (k: number, by: number): number => first + 1024 * k + by;
            worst = Math.max(
              worst,
              apart(both, few, (ops) => run(ops, at(0, d), at(1, a), at(2, b), n)),
            );
          }
        }
        expect(worst).toBeLessThanOrEqual(1e-6);
      },
    );

    test.each(Object.entries(vectors))(
      "%s carries what is no number, or infinite, as plain loops do",
      (_, run) => {
        const random = new Random(1);
        const odd = few.map((x) => (random.uniform() < 0.3 ? special[random.below(special.length)] : x));
        for (let n = 0; n <= longest; n += 1) {
          expect(
            apart(both, odd, (ops) => run(ops, first, first + 1024, first + 2048, n)),
          ).toBeLessThanOrEqual(1e-6);
        }
      },
    );

    test("products of every shape from 1 to 19", () => {
      let worst = 0;
      for (let M = 1; M <= 19; M += 1) {
        for (let N = 1; N <= 19; N += 1) {
          for (let K = 1; K <= 19; K += 1) {
            worst = Math.max(worst, productApart(both, numbers, M, N, K, (M + N + K) % 4));
          }
        }
      }
      expect(worst).toBeLessThanOrEqual(1e-6);
    });

    test("larger products, deeper than one panel's stretch, and of one row", () => {
      const shapes = [
        [1, 512, 13],
        [1, 129, 67],
        [3, 41, 300],
        [33, 47, 129],
        [64, 24, 257],
        [5, 3, 1030],
        [130, 70, 31],
      ] as const;
      for (const [M, N, K] of shapes) {
        for (const how of [0, 1, 2, 3]) {
          expect(productApart(both, numbers, M, N, K, how), `${M}x${N}x${K}`).toBeLessThanOrEqual(2e-6);
        }
      }
    });

    test("a product carries what is no number, or infinite", () => {
      const odd = numbers.slice();
      odd[3] = Number.NaN;
      odd[40] = Infinity;
      odd[10_000] = -Infinity;
      for (const how of [0, 1, 2, 3]) {
        expect(productApart(both, odd, 9, 11, 7, how)).toBeLessThanOrEqual(1e-6);
      }
    });

    test("a product of rows that have room between their numbers", () => {
      const [M, N, K] = [9, 11, 7];
      const [panels, c] = [first + 20_000, first + 25_000];
      const run = (ops: Ops) => {
        ops.pack(panels, first + 10_000, N, 1, K, N);
        ops.product(M, N, K, first, 3 * K, 2, panels, c, N, -1, 0);
      };
      expect(apart(both, numbers, run)).toBeLessThanOrEqual(1e-6);
    });

    test.each([
      ["C", 16_000, 9],
      ["one row", 100, 0],
      ["rows elsewhere", 0, 8],
      ["nothing", -1, 8],
    ] as const)("a product that is more than one call starts from %s", (_, s, s_m) => {
      const [M, N, K] = [1203, 8, 440]; // over 2^22 multiplications
      const [a, panels, c] = [first + 10_000, first + 12_000, first + 16_000];
      const run = (ops: Ops) => {
        ops.pack(panels, first, N, 1, K, N);
        ops.product(M, N, K, a, 1, 1, panels, c, N + 1, s < 0 ? s : first + s, s_m);
      };
      expect(apart(both, numbers, run)).toBeLessThanOrEqual(4e-6);
    });

    test("exp passes through the denormals to 0", () => {
      const { simd } = both;
      simd.floats.set([-Infinity, -104, -103, -95, -88], first);
      simd.exp(first, first, 5);
      const [none, least, ...denormals] = simd.floats.slice(first, first + 5);
      expect([none, least]).toEqual([0, 0]);
      [-103, -95, -88].forEach((x, k) => {
        expect(Math.abs(denormals[k] - Math.exp(x))).toBeLessThanOrEqual(2 ** -149);
      });
    });

    test("sigmoid reaches 0 and 1", () => {
      const { simd } = both;
      simd.floats.set([-Infinity, -90, 90, Infinity], first);
      simd.sigmoid(first, first, 4);
      expect([...simd.floats.slice(first, first + 4)]).toEqual([0, 0, 1, 1]);
    });

    test.each([
      ["sigmoid", (x: number) => 1 / (1 + Math.exp(-x))],
      ["tanh", Math.tanh],
      ["exp", Math.exp],
      ["log", Math.log],
    ] as const)("%s is within 3e-7, and 1e-6 of its result, over [-100, 100]", (name, exact) => {
      const n = 20_001;
      const { simd } = both;
      let [absolute, relative] = [0, 0];
      for (const near of [1, 1e-3, 1e-12]) {
        simd.floats.set(
          Float32Array.from({ length: n }, (_, i) => (i - 10_000) * 0.01 * near),
          first,
        );
        const x = simd.floats.slice(first, first + n);
        simd[name](first, first, n);
        for (let i = 0; i < n; i += 1) {
          const want = exact(x[i]);
          const got = simd.floats[first + i];
          if (Number.isNaN(want) || !Number.isFinite(Math.fround(want))) {
            expect(got).toBe(Math.fround(want));
            continue;
          }
          // exp and log are not bounded: theirs is the relative error
          if (Math.abs(want) <= 1) absolute = Math.max(absolute, Math.abs(got - want));
          if (Math.abs(want) > 1e-30) relative = Math.max(relative, Math.abs(got / want - 1));
        }
      }
      console.log(
        `${fused ? "fused " : ""}${name}: ${absolute.toExponential(1)}, ${relative.toExponential(1)}`,
      );
      expect(absolute).toBeLessThanOrEqual(3e-7);
      expect(relative).toBeLessThanOrEqual(1e-6);
    });
  });
}

/** How: which operand goes by columns. */
function productApart(
  both: { simd: Ops; plain: Ops },
  numbers: Float32Array,
  M: number,
  N: number,
  K: number,
  how: number,
): number {
  const [a, b, panels, c] = [first + (how & 1), first + 9000, first + 19_000, first + 31_000 - M * (N + 1)];
  const [a_m, a_k] = how & 1 ? [1, M + 2] : [K + 1, 1];
  const [b_k, b_n] = how & 2 ? [1, K + 1] : [N, 1];
  return apart(both, numbers, (ops) => {
    ops.pack(panels, b, b_k, b_n, K, N);
    // sums start from C, from one row, from rows elsewhere, from nothing
    const [s, s_m] = [
      [c, N + 1],
      [first + 2000, 0],
      [first + 2000, N + 3],
      [-1, 0],
    ][(M + K) % 4];
    ops.product(M, N, K, a, a_m, a_k, panels, c, N + 1, s, s_m);
    ops.fill(panels, 0, panelSize(K, N));
  });
}
