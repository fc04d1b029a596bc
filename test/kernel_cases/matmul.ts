// Cases of the product: every tile with shapes about it, every stride, every way to read, what may be added, and
// sums in parts. Each case has one of the tiles, in turn, unless it says which.

import { addParts } from "../../src/kernels/add_parts.js";
import { codes, livePlaces, tableOfLengths, tableOfMask } from "../../src/kernels/live.js";
import { type MatmulParams, matmul } from "../../src/kernels/matmul.js";
import { type Form, sizesOf, type Tile } from "../../src/kernels/matmul_form.js";
import { formOf } from "../../src/plan/matmul_form.js";
import { deepTiles, float16Tiles, tiles } from "../../src/plan/matmul_tile.js";
import { type Case, kernelCase, normals, row } from "./case.js";

let turn = 0;

/** Elements up to the last one of an operand, and a few more, which nothing may touch. */
function elements(last: number): number {
  return last + 4;
}

/** Which rows or which k there are. */
interface Live {
  readonly of: "rows" | "depth";
  readonly table: Uint32Array;
}

/** A and B row-major, C too, unless `given` says otherwise. */
function product(
  title: string,
  M: number,
  N: number,
  K: number,
  given: Partial<MatmulParams> = {},
  live?: Live,
  { tile, activation }: { tile?: Tile | undefined; activation?: Form["activation"] } = {},
): Case {
  const p: MatmulParams = {
    M,
    N,
    K,
    r: M,
    s: K,
    a_0: 0,
    a_z: M * K,
    a_m1: 0,
    a_m: K,
    a_k1: 0,
    a_k: 1,
    b_0: 0,
    b_z: K * N,
    b_k1: 0,
    b_k: N,
    b_n: 1,
    c_0: 0,
    c_z: M * N,
    c_m1: 0,
    c_m: N,
    bias_0: 0,
    bias_z: N,
    Z: 1,
    bias: 0,
    accumulate: 0,
    ones: 0,
    ones_0: 0,
    ones_z: M,
    parts: 1,
    ...given,
  };
  const a = (m: number, k: number, z: number) =>
    p.a_0 + z * p.a_z + row(m, p.r, p.a_m1, p.a_m) + row(k, p.s, p.a_k1, p.a_k);
  const b = (k: number, n: number, z: number) => p.b_0 + z * p.b_z + row(k, p.s, p.b_k1, p.b_k) + n * p.b_n;
  const c = (m: number, n: number, z: number) => p.c_0 + z * p.c_z + row(m, p.r, p.c_m1, p.c_m) + n;
  let lastA = 0;
  let lastB = 0;
  let lastC = p.ones === 1 ? p.ones_0 + (p.Z - 1) * p.ones_z + M - 1 : 0;
  for (let z = 0; z < p.Z; z += 1) {
    for (let m = 0; m < M; m += 1) {
      for (let k = 0; k < K; k += 1) lastA = Math.max(lastA, a(m, k, z));
      lastC = Math.max(lastC, c(m, N - 1, z));
    }
    for (let k = 0; k < K; k += 1) lastB = Math.max(lastB, b(k, N - 1, z));
  }
  const isThere = (which: Live["of"], index: number): boolean => {
    if (live?.of !== which) return true;
    const B = which === "rows" ? p.r : p.s;
    const T = (which === "rows" ? M : K) / B;
    return live.table[livePlaces(T, B).codes + index] === codes.live;
  };
  const bound = {
    A: normals(elements(lastA), 1),
    B: normals(elements(lastB), 2),
    bias: normals(elements(p.bias_0 + (p.Z - 1) * p.bias_z + N - 1), 3),
    C: normals(elements(lastC), 4),
  };
  const f = (x: number): number => {
    if (activation === "tanh") return Math.tanh(x);
    if (activation === "sigmoid") return 1 / (1 + Math.exp(-x));
    return activation === "relu" ? Math.max(x, 0) : x;
  };
  const naive = ({ A, B, bias, C }: Record<"A" | "B" | "bias" | "C", Float64Array>): void => {
    for (let z = 0; z < p.Z; z += 1) {
      for (let m = 0; m < M; m += 1) {
        if (!isThere("rows", m)) continue;
        let ones = 0;
        for (let k = 0; k < K; k += 1) if (isThere("depth", k)) ones += A[a(m, k, z)];
        const to = p.ones_0 + z * p.ones_z + m;
        if (p.ones === 1) C[to] = ones + (p.accumulate === 1 ? C[to] : 0);
        for (let n = 0; n < N; n += 1) {
          let sum = p.accumulate === 1 ? C[c(m, n, z)] : 0;
          if (p.bias === 1) sum += bias[p.bias_0 + z * p.bias_z + n];
          for (let k = 0; k < K; k += 1) {
            if (isThere("depth", k)) sum += A[a(m, k, z)] * B[b(k, n, z)];
          }
          C[c(m, n, z)] = f(sum);
        }
      }
    }
  };
  const named = `${M}x${N}x${K}${title}`;
  turn += 1;
  const kernel = matmul(formOf(p, tile ?? tiles[turn % tiles.length], live?.of, activation));
  return kernelCase(kernel, named, { ...bound, ...(live && { live: live.table }) }, p, naive);
}

/** A tile's own: larger than it by one and by a four, with every way to read, with an end of k within it and without. */
function ofTile(tile: Tile): Case[] {
  const { M, N } = sizesOf(tile);
  const [m, n] = [4 * Math.ceil((M + 1) / 4), N + 4];
  const added = { a_m: 1, a_k: m, ones: 1, ones_0: 2 * m * n, accumulate: 1 };
  return [
    product(", by fours along k", m, n, 48, { b_k: 1, b_n: 48, bias: 1 }, undefined, { tile }),
    product(", by fours along m and n, two, ones, added", m, n, 33, { Z: 2, ...added }, undefined, { tile }),
    product(", one above the tile", M + 1, N + 1, 17, {}, undefined, { tile }),
  ];
}

/** Sums in parts, side by side, and what adds them. */
function inParts(M: number, N: number, K: number, parts: number, live?: Live, tile?: Tile): Case[] {
  const [Z, ones] = [2, 1];
  const each = M * (N + ones);
  const one = product(
    " in parts",
    M,
    N,
    K,
    {
      Z,
      parts: 1,
      ones,
      a_m: 1,
      a_k: M,
      c_z: each,
      ones_0: M * N,
      ones_z: each,
      s: live ? 7 : K,
      a_k1: 7 * M,
      b_k1: 7 * N,
    },
    live,
    { tile },
  );
  const count = live ? live.table[0] : K;
  const most = 32 * Math.ceil(count / (32 * parts));
  const naive: Case["naive"] = ({ A, B, C }) => {
    for (let part = 0; part < parts; part += 1) {
      for (let z = 0; z < Z; z += 1) {
        for (let m = 0; m < M; m += 1) {
          for (let n = 0; n <= N; n += 1) {
            let sum = 0;
            for (let i = part * most; i < Math.min(count, (part + 1) * most); i += 1) {
              const k = live ? live.table[1 + i] : i;
              sum += A[z * M * K + k * M + m] * (n < N ? B[z * K * N + k * N + n] : 1);
            }
            C[(part * Z + z) * each + (n < N ? m * N + n : M * N + m)] = sum;
          }
        }
      }
    }
  };
  const C = normals(parts * Z * each + 4, 4);
  const whole: Case = { ...one, given: { ...one.given, C }, params: { ...one.params, parts }, naive };
  return [whole, ...[0, 1].map((accumulate) => added(M, N, Z, parts, accumulate))];
}

function added(M: number, N: number, Z: number, parts: number, accumulate: number): Case {
  const each = M * (N + 1);
  const p = {
    M,
    N,
    Z,
    parts,
    ones: 1,
    accumulate,
    c_0: 3,
    c_z: M * (N + 2) + 1,
    c_m: N + 2,
    ones_0: 1000,
    ones_z: M + 1,
  };
  const given = { sums: normals(parts * Z * each), C: normals(1000 + 2 * (M + 1)) };
  return kernelCase(addParts, `${parts} of ${Z}x${M}x${N}, ${accumulate}`, given, p, ({ sums, C }) => {
    for (let z = 0; z < Z; z += 1) {
      for (let j = 0; j < each; j += 1) {
        const [m, n] = [Math.floor(j / N), j % N];
        const to = m < M ? p.c_0 + z * p.c_z + m * p.c_m + n : p.ones_0 + z * p.ones_z + j - M * N;
        let sum = accumulate === 1 ? C[to] : 0;
        for (let part = 0; part < parts; part += 1) sum += sums[(part * Z + z) * each + j];
        C[to] = sum;
      }
    }
  });
}

/** Some sequences of some steps, in all orders of time and batch; one is empty, one is whole. */
const ragged = tableOfLengths([5, 0, 9, 3, 1, 9, 4], 9);
const masked = tableOfMask((t, b) => (t * 5 + b * 3) % 4 !== 0, 9, 7, true);

/** Of 9 steps of 7 sequences, those of a table. */
function ofLive(
  title: string,
  of: Live["of"],
  table: Uint32Array,
  N: number,
  also: Partial<MatmulParams>,
  tile?: Tile,
): Case {
  const isRows = of === "rows";
  const [M, K] = isRows ? [63, 11] : [11, 63];
  const levels = isRows ? { r: 7 } : { s: 7 };
  return product(`, ${title}`, M, N, K, { ...levels, ...also }, { of, table }, { tile });
}

/** Rows (t, b) of an operand that lies batch-first, beside one that lies time-major. */
function batchFirst(T: number, B: number, K: number, N: number, also: Partial<MatmulParams> = {}): Case {
  return product(`, ${T} steps of ${B} batch-first sequences`, T * B, N, K, {
    r: B,
    a_m1: K,
    a_m: T * K,
    c_m1: B * N,
    c_m: N,
    ...also,
  });
}

export const matmulCases: readonly Case[] = [
  product("", 1, 1, 1),
  product("", 2, 3, 5),
  product("", 13, 7, 11),
  product("", 64, 64, 16),
  product("", 65, 65, 17),
  product("", 1, 130, 33),
  product("", 130, 1, 33),
  product(", deeper than a piece", 66, 5, 600),
  product(", few rows, deeper than a piece", 6, 5, 600, { bias: 1 }),
  product(", A transposed", 67, 5, 19, { a_m: 1, a_k: 67 }),
  product(", B transposed", 5, 67, 19, { b_k: 1, b_n: 19 }),
  product(", both transposed", 6, 9, 70, { a_m: 1, a_k: 6, b_k: 1, b_n: 70 }),
  product(", parts of larger matrices", 9, 10, 11, { a_0: 3, a_m: 20, b_0: 5, b_k: 30, c_0: 7, c_m: 13 }),
  product(", from a bias", 7, 66, 5, { bias: 1, bias_0: 2 }),
  product(", added to C", 66, 7, 5, { accumulate: 1 }),
  product(", from a bias, added to C", 5, 6, 7, { bias: 1, accumulate: 1 }),
  product(", with ones", 5, 6, 7, { ones: 1, ones_0: 31 }),
  product(", with ones, alone in their tile", 67, 64, 7, { ones: 1, ones_0: 67 * 64 + 1 }),
  product(", with ones, A transposed, from a bias, added to C", 70, 3, 40, {
    a_m: 1,
    a_k: 70,
    bias: 1,
    ones: 1,
    ones_0: 210,
    accumulate: 1,
  }),
  ...[1, 65, 257].map((K) => product(", of ones alone", 1, 0, K, { ones: 1, ones_0: 1 })),
  product(", three of ones alone, A transposed, added to C", 67, 0, 31, {
    Z: 3,
    a_0: 3,
    a_z: 67 * 33,
    a_m: 1,
    a_k: 67,
    ones: 1,
    ones_0: 1,
    ones_z: 68,
    accumulate: 1,
  }),
  batchFirst(7, 3, 5, 6),
  batchFirst(3, 7, 5, 6),
  batchFirst(1, 7, 5, 6),
  batchFirst(7, 1, 5, 6),
  batchFirst(9, 2, 5, 6, { bias: 1, accumulate: 1, ones: 1, ones_0: 108 }),
  batchFirst(2, 9, 5, 6, { bias: 1, ones: 1, ones_0: 108 }),
  product(", the last group of rows not full", 20, 3, 4, { r: 7, a_m1: 30, a_m: 4, c_m1: 22, c_m: 3 }),
  product(", the last group of few rows not full", 20, 3, 4, { r: 3, a_m1: 15, a_m: 4, c_m1: 10, c_m: 3 }),
  product(", two levels of k", 6, 5, 20, { s: 10, a_m: 24, a_k1: 12, b_k1: 55, b_k: 5 }),
  product(", two levels of k, ones", 66, 5, 23, {
    s: 7,
    a_m: 1,
    a_k1: 600,
    a_k: 66,
    b_k1: 40,
    b_k: 5,
    ones: 1,
    ones_0: 330,
  }),
  product(", three of them", 6, 5, 7, { Z: 3, bias: 1, ones: 1, ones_0: 93, ones_z: 8 }),
  ...[ragged, masked].flatMap((table, t) => {
    const title = ["lengths", "mask"][t];
    const rows = { a_m1: 7 * 11, a_m: 11, c_m1: 7 * 13, c_m: 13 };
    return [
      ofLive(title, "rows", table, 13, { ...rows, bias: 1 }),
      ofLive(`${title}, batch-first A`, "rows", table, 13, { ...rows, a_m1: 11, a_m: 99, accumulate: 1 }),
      ofLive(title, "depth", table, 5, { a_m: 1, a_k1: 77, a_k: 11, b_k1: 35, b_k: 5, ones: 1, ones_0: 55 }),
      ofLive(`${title}, two, added`, "depth", table, 66, {
        Z: 2,
        a_m: 1,
        a_k1: 77,
        a_k: 11,
        b_k1: 66,
        b_k: 66 * 9,
        accumulate: 1,
        ones: 1,
        ones_0: 2 * 11 * 66,
      }),
    ];
  }),
  ofLive("none there", "depth", tableOfLengths([0, 0, 0, 0, 0, 0, 0], 9), 5, {
    a_m: 1,
    a_k1: 77,
    a_k: 11,
    b_k1: 35,
    b_k: 5,
    ones: 1,
    ones_0: 55,
  }),
  product(", three of one A, added", 66, 5, 7, { Z: 3, a_z: 0, a_0: 2, b_0: 1, c_0: 3, accumulate: 1 }),
  ...(["tanh", "sigmoid", "relu"] as const).flatMap((activation) => [
    product(`, ${activation}`, 7, 66, 5, { bias: 1 }, undefined, { activation }),
    product(
      `, ${activation}, batch-first`,
      15,
      8,
      4,
      { r: 3, a_m1: 4, a_m: 20, c_m1: 24, c_m: 8 },
      undefined,
      { activation },
    ),
  ]),
  ...[ragged, masked].map((table) => {
    const rows = { r: 7, a_m1: 77, a_m: 11, c_m1: 7 * 13, c_m: 13 };
    return product(", live rows, tanh", 63, 13, 11, rows, { of: "rows", table }, { activation: "tanh" });
  }),
  product(", two levels of k by fours", 12, 8, 24, { s: 8, a_m: 40, a_k1: 16, b_k1: 12, b_k: 1, b_n: 36 }),
  product(", two levels of k by fours across", 12, 8, 21, {
    s: 7,
    a_m: 1,
    a_k1: 96,
    a_k: 12,
    b_k1: 60,
    b_k: 8,
  }),
  product(", two levels of rows by fours across", 12, 8, 5, {
    r: 4,
    a_m1: 20,
    a_m: 1,
    a_k: 4,
    c_m1: 32,
    c_m: 8,
  }),
  ...tiles.flatMap(ofTile),
  ...deepTiles.flatMap((tile) => [
    product(", few rows", 1, 17, 300, { b_k: 1, b_n: 300, bias: 1 }, undefined, { tile, activation: "tanh" }),
    product(", few rows", 5, 17, 67, { accumulate: 1 }, undefined, { tile }),
    product(", few rows, B across", 3, 20, 64, {}, undefined, { tile }),
  ]),
  ...inParts(9, 7, 200, 3),
  ...inParts(12, 8, 65, 4),
  ...inParts(8, 12, 63, 2, { of: "depth", table: ragged }),
  ...inParts(5, 3, 63, 2, { of: "depth", table: masked }),
];

/** The same of small integers, of which float16 holds every sum of a tile's depth as it is. */
function ofIntegers(c: Case): Case {
  const rounded = (name: string) => Float32Array.from(c.given[name], (x) => Math.round(2 * x));
  return { ...c, given: { ...c.given, A: rounded("A"), B: rounded("B") } };
}

/** Of the same ones alone: more than float16 can count. */
function ofOnes(c: Case): Case {
  return { ...c, given: { ...c.given, A: c.given.A.map(() => 1), B: c.given.B.map(() => 1) } };
}

/** In float16: every tile, and what else a product can have, with a small one and a large one. */
export const float16Cases: readonly Case[] = [
  ...float16Tiles.flatMap(ofTile),
  ...[float16Tiles[4], float16Tiles[7]].flatMap((tile) => [
    product(", one term", 3, 5, 1, {}, undefined, { tile }),
    ofLive("float16, live rows", "rows", ragged, 13, { a_m1: 77, a_m: 11, c_m1: 91, c_m: 13 }, tile),
    ofLive(
      "float16, live k",
      "depth",
      masked,
      66,
      { a_m: 1, a_k1: 77, a_k: 11, b_k1: 462, b_k: 66, ones: 1, ones_0: 726, accumulate: 1 },
      tile,
    ),
    ...inParts(12, 8, 65, 4, undefined, tile).slice(0, 1),
  ]),
];

/** Those that float16 makes exactly. */
export const float16Exact: readonly Case[] = [
  ...float16Cases,
  product(", tanh", 66, 36, 40, { bias: 1 }, undefined, { tile: float16Tiles[4], activation: "tanh" }),
]
  .map(ofIntegers)
  .concat(float16Tiles.map((tile) => ofOnes(product(", of ones", 5, 66, 5000, {}, undefined, { tile }))));
