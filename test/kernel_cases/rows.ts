// Cases of the kernels that move, gather, drop and add up rows.

import { copyByLength, copyTurned } from "../../src/kernels/by_length.js";
import { copy } from "../../src/kernels/copy.js";
import { dropout, dropoutParams } from "../../src/kernels/dropout.js";
import { gather } from "../../src/kernels/gather.js";
import { gatherBackward, sortByToken } from "../../src/kernels/gather_backward.js";
import { livePlaces, tableOfLengths } from "../../src/kernels/live.js";
import { pack, packHalf } from "../../src/kernels/pack.js";
import { probe } from "../../src/kernels/probe.js";
import { settle } from "../../src/kernels/settle.js";
import { sum } from "../../src/kernels/sum.js";
import { mix } from "../../src/random.js";
import { halves } from "../halves.js";
import { probeTwin } from "../probe_twin.js";
import { type Case, integersBelow, kernelCase, normals, row } from "./case.js";

/** T steps of B rows from batch-first to time-major, with room between rows. */
function copied(T: number, B: number, N: number, accumulate: 0 | 1): Case {
  const [M, from, to] = [T * B, N + 1, N + 2];
  const p = {
    M,
    N,
    r: B,
    x0_0: 1,
    x0_m1: from,
    x0_m: T * from,
    out_0: 2,
    out_m1: B * to,
    out_m: to,
    accumulate,
  };
  return kernelCase(
    copy,
    `${T}x${B}x${N}${accumulate === 1 ? ", added" : ""}`,
    { x0: normals(M * from + 5), out: normals(M * to + 5, 2) },
    p,
    ({ x0, out }) => {
      for (let m = 0; m < M; m += 1) {
        for (let n = 0; n < N; n += 1) {
          const i = p.x0_0 + row(m, B, p.x0_m1, p.x0_m) + n;
          const o = p.out_0 + row(m, B, p.out_m1, p.out_m) + n;
          out[o] = x0[i] + (accumulate === 1 ? out[o] : 0);
        }
      }
    },
  );
}

/** Sequences of these lengths from time-major to batch-first. */
function settled(lengths: readonly number[], T: number, N: number, accumulate: 0 | 1): Case {
  const B = lengths.length;
  const M = T * B;
  const p = { M, N, r: B, in_0: 1, in_m1: B * N, in_m: N, out_0: 2, out_m1: N, out_m: T * N };
  return kernelCase(
    settle,
    `${lengths.join(" ")} of ${T}, ${N}${accumulate === 1 ? ", added" : ""}`,
    { live: tableOfLengths(lengths, T), input: normals(M * N + 1), out: normals(M * N + 5, 2) },
    { ...p, codes: livePlaces(T, B).codes, accumulate },
    ({ input, out }) => {
      for (let t = 0; t < T; t += 1) {
        for (let b = 0; b < B; b += 1) {
          for (let n = 0; n < N; n += 1) {
            const value = t < lengths[b] ? input[1 + (t * B + b) * N + n] : 0;
            const o = 2 + (b * T + t) * N + n;
            out[o] = value + (accumulate === 1 ? out[o] : 0);
          }
        }
      }
    },
  );
}

/** T steps of sequences, turned about, each from its own end; without lengths, from the last step. */
function turned(lengths: readonly number[], T: number, N: number, isLive: boolean, accumulate: 0 | 1): Case {
  const B = lengths.length;
  const M = T * B;
  const p = { M, N, r: B, T, in_0: 1, in_m1: B * N, in_m: N, in_len: 0, out_0: 2, out_m1: N, out_m: T * N };
  const bound = { input: normals(M * N + 1), out: normals(M * N + 5, 2) };
  const params = { ...p, out_len: 0, turned: 1, accumulate };
  const title = `${isLive ? lengths.join(" ") : B} of ${T}, ${N}, turned${accumulate === 1 ? ", added" : ""}`;
  const naive = ({ input, out }: Record<"input" | "out", Float64Array>): void => {
    lengths.forEach((given, b) => {
      const length = isLive ? given : T;
      for (let t = 0; t < length; t += 1) {
        for (let n = 0; n < N; n += 1) {
          const o = 2 + (b * T + t) * N + n;
          out[o] = input[1 + ((length - 1 - t) * B + b) * N + n] + (accumulate === 1 ? out[o] : 0);
        }
      }
    });
  };
  if (!isLive) return kernelCase(copyTurned, title, bound, params, naive);
  return kernelCase(copyByLength, title, { ...bound, live: tableOfLengths(lengths, T) }, params, naive);
}

/** States [B, N] from, or to, the slot that a sequence's length says, and one further. */
function atLength(lengths: readonly number[], T: number, N: number, way: "in" | "out"): Case {
  const B = lengths.length;
  const slot = B * N;
  const lens = { in_len: way === "in" ? slot : 0, out_len: way === "out" ? slot : 0 };
  const p = { M: B, N, r: B, T, in_0: 3, in_m1: 0, in_m: N, out_0: slot, out_m1: 0, out_m: N, turned: 0 };
  return kernelCase(
    copyByLength,
    `${lengths.join(" ")} of ${T}, ${N}, ${way}`,
    {
      input: normals(slot * (T + 2) + 3),
      out: normals(slot * (T + 2), 2),
      live: tableOfLengths(lengths, T),
    },
    { ...p, ...lens, accumulate: 0 },
    ({ input, out }) => {
      lengths.forEach((length, b) => {
        for (let n = 0; n < N; n += 1) {
          out[slot + b * N + n + length * lens.out_len] = input[3 + b * N + n + length * lens.in_len];
        }
      });
    },
  );
}

/** Ids of T steps lie batch-first, B sequences. */
function gathered(T: number, B: number, N: number, V: number): Case {
  const M = T * B;
  return kernelCase(
    gather,
    `${T}x${B} of ${V}x${N}`,
    { ids: integersBelow(V, M + 3), table: normals(V * N + 5), out: normals(M * N + 3, 2) },
    { M, N, r: B, ids_0: 2, ids_m1: 1, ids_m: T, table_0: 4 },
    ({ ids, table, out }) => {
      for (let t = 0; t < T; t += 1) {
        for (let b = 0; b < B; b += 1) {
          for (let n = 0; n < N; n += 1) {
            out[(t * B + b) * N + n] = table[4 + ids[2 + b * T + t] * N + n];
          }
        }
      }
    },
  );
}

function scattered(M: number, N: number, V: number, accumulate: 0 | 1): Case {
  const ids = integersBelow(V, M);
  const { order, starts } = sortByToken(ids, V);
  return kernelCase(
    gatherBackward,
    `${M} of ${V}x${N}${accumulate === 1 ? ", added" : ""}`,
    { order, starts, dout: normals(M * N), dtable: normals(V * N + 5, 2) },
    { V, N, dtable_0: 3, accumulate },
    ({ dout, dtable }) => {
      if (accumulate === 0) dtable.fill(0, 3, 3 + V * N);
      for (let m = 0; m < M; m += 1) {
        for (let n = 0; n < N; n += 1) dtable[3 + ids[m] * N + n] += dout[m * N + n];
      }
    },
  );
}

/** From batch-first rows to time-major ones. how: what the mask is of, if not of a sequence, a time and a unit. */
function dropped(
  T: number,
  B: number,
  N: number,
  probability: number,
  accumulate: 0 | 1,
  how: { readonly once?: 0 | 1; readonly transposed?: 0 | 1; readonly sequences?: 0 | 1 } = {},
): Case {
  const p = {
    M: T * B,
    N,
    r: B,
    in_0: 1,
    in_m1: N,
    in_m: T * N,
    out_0: 2,
    out_m1: B * (N + 1),
    out_m: N + 1,
    layer: 3,
    ...dropoutParams(probability),
    sequences: 1,
    once: 0,
    transposed: 0,
    ...how,
    accumulate,
  };
  return kernelCase(
    dropout,
    `${T}x${B}x${N} with ${probability} ${JSON.stringify(how)}${accumulate === 1 ? ", added" : ""}`,
    { input: normals(T * B * N + 3), out: normals(T * B * (N + 1) + 4, 2) },
    p,
    ({ input, out }) => {
      for (let m = 0; m < T * B; m += 1) {
        for (let n = 0; n < N; n += 1) {
          const [t, b] = [p.once === 1 ? 0x3fffffff : Math.floor(m / B), m % B];
          const [line, column] = p.transposed === 1 ? [n, b] : [b, n];
          const word = mix(77, 3, line + p.sequences * 5, t, column);
          const mask = word < p.threshold ? 0 : p.scale;
          const o = 2 + row(m, B, p.out_m1, p.out_m) + n;
          out[o] = mask * input[1 + row(m, B, p.in_m1, p.in_m) + n] + (accumulate === 1 ? out[o] : 0);
        }
      }
    },
    { seed: 77, first: 5 },
  );
}

type Sizes = readonly (readonly [N: number, K: number])[];

/** Matrices [N, K], one behind the other, packed in reverse order: from, to, N, K of each. */
function laidOut(sizes: Sizes) {
  const total = sizes.reduce((sum, [N, K]) => sum + N * K, 0);
  let from = 0;
  const entries = sizes.map(([N, K]) => {
    const start = from;
    from += N * K;
    return [start, total - from, N, K] as const;
  });
  return { entries, total };
}

/** All of them. */
function packing(...sizes: Sizes): Case {
  const { entries, total } = laidOut(sizes);
  return kernelCase(
    pack,
    sizes.map((size) => size.join("x")).join(", "),
    { table: Uint32Array.from(entries.flat()), weights: normals(total), packed: normals(total + 3, 2) },
    { entries: sizes.length, N: Math.max(...sizes.map(([N]) => N)), K: Math.max(...sizes.map(([, K]) => K)) },
    ({ weights, packed }) => {
      for (const [start, to, N, K] of entries) {
        for (let n = 0; n < N; n += 1) {
          for (let k = 0; k < K; k += 1) packed[to + k * N + n] = weights[start + n * K + k];
        }
      }
    },
  );
}

/** Matrices [N, K] as float16, of numbers that one holds exactly, so that every rounding gives the same; and of others. */
function packingHalf(...sizes: Sizes): Case {
  const { entries, total } = laidOut(sizes);
  const exponents = normals(total);
  const weights = integersBelow(4_096, total).map((n) => n - 2_048);
  const exact = Float32Array.from(weights, (n, i) => (n | 0) * 2 ** Math.round(3 * exponents[i]));
  exact.set([1e9, -1e9, 2 ** -24, -0].slice(0, total)); // too large, the smallest
  const words = Math.ceil(total / 2);
  return kernelCase(
    packHalf,
    sizes.map((size) => size.join("x")).join(", "),
    { table: Uint32Array.from(entries.flat()), weights: exact, packed: new Uint32Array(words + 1).fill(7) },
    { entries: sizes.length, words },
    ({ weights: w, packed }) => {
      packed.fill(0, 0, words);
      for (const [start, to, N, K] of entries) {
        for (let n = 0; n < N; n += 1) {
          for (let k = 0; k < K; k += 1) {
            const i = to + k * N + n;
            const value = Math.max(-65_504, Math.min(65_504, w[start + n * K + k]));
            packed[i >> 1] |= bitsOf(value) << (16 * (i % 2));
          }
        }
      }
    },
  );
}

/** The float16 that is a number, looked for among all. */
function bitsOf(value: number): number {
  const bits = halves.indexOf(Math.abs(value));
  if (bits < 0) throw new Error(`${value} is no float16`);
  return bits | (value < 0 || Object.is(value, -0) ? 0x8000 : 0);
}

function total(n: number, parts: number, squares: 0 | 1, root: 0 | 1, accumulate: 0 | 1): Case {
  const notes = [squares === 1 && "of squares", root === 1 && "root", accumulate === 1 && "added"];
  return kernelCase(
    sum,
    [`${n} in ${parts}`, ...notes.filter(Boolean)].join(", "),
    { input: normals(n + 4), out: normals(parts + 5, 2) },
    { n, parts, in_0: 3, out_0: 2, squares, root, accumulate },
    ({ input, out }) => {
      const sums = new Float64Array(parts);
      for (let i = 0; i < n; i += 1) {
        const value = input[3 + i];
        sums[Math.floor(i / Math.ceil(n / parts))] += squares === 1 ? value ** 2 : value;
      }
      for (let g = 0; g < parts; g += 1) {
        const result = root === 1 ? Math.sqrt(sums[g]) : sums[g];
        out[2 + g] = result + (accumulate === 1 ? out[2 + g] : 0);
      }
    },
  );
}

/** The exchanges as one sum over neighbours, the terms as a geometric series: what is handed on is halved each time. */
function probed(groups: number, exchanges: number, reads: number, terms: number): Case {
  const n = 1024;
  return kernelCase(
    { ...probe, ...probeTwin },
    `${groups} groups, ${exchanges} exchanges, ${reads} reads, ${terms} terms`,
    { input: normals(n), out: normals(groups * 256, 2) },
    { groups, exchanges, reads, terms, n },
    ({ input, out }) => {
      out.forEach((_, at) => {
        const [first, l] = [at - (at % 256), at % 256];
        let x = input[(first + ((l + exchanges) % 256)) % n] / 2 ** exchanges;
        for (let i = 0; i < exchanges; i += 1) {
          const handed = exchanges - 1 - i;
          x += input[(i * 256 + ((l + handed) % 256)) % n] / 2 ** handed;
        }
        for (let i = 1; i <= reads; i += 1) x += input[(at + i * 196_864) % n];
        out[at] = 16 * 2 * x + (16 * x + 120 - 16 * 2 * x) / 2 ** terms;
      });
    },
  );
}

export const rowCases: readonly Case[] = [
  turned([3, 0, 5, 1], 5, 7, true, 0),
  turned([3, 0, 5, 1], 5, 2, true, 1),
  turned([3, 0, 5], 5, 2, false, 0),
  atLength([3, 0, 5, 1], 5, 7, "in"),
  atLength([3, 0, 5, 1], 5, 2, "out"),
  settled([3, 0, 5, 1], 5, 7, 0),
  settled([3, 0, 5, 1], 5, 1, 1),
  copied(1, 1, 1, 0),
  copied(5, 13, 1, 0),
  copied(7, 5, 3, 0),
  copied(3, 5, 67, 1),
  copied(13, 1, 5, 0),
  copied(1, 13, 5, 1),
  // more rows than are computed at a time, in one group, in groups of r, and crossed
  copied(11, 1, 1000, 1),
  copied(2, 11, 1000, 0),
  copied(25, 2, 1000, 1),
  gathered(1, 1, 1, 1),
  gathered(5, 3, 7, 11),
  gathered(13, 5, 64, 3),
  scattered(1, 1, 1, 0),
  scattered(17, 7, 11, 0),
  scattered(17, 7, 31, 1),
  scattered(65, 5, 13, 0),
  dropped(1, 1, 1, 0.5, 0),
  dropped(5, 3, 13, 0.5, 0),
  dropped(3, 7, 31, 0.1, 1),
  dropped(5, 13, 1, 0, 0),
  dropped(5, 2, 7, 1, 0),
  dropped(5, 3, 13, 0.5, 0, { once: 1 }),
  dropped(3, 5, 13, 0.4, 0, { transposed: 1, sequences: 0 }),
  dropped(2, 9, 3, 0.4, 1, { transposed: 1, sequences: 0 }),
  dropped(2, 9, 3, 0.4, 1, { sequences: 0 }),
  packingHalf([1, 1]),
  packingHalf([3, 5], [7, 2], [4, 6]),
  packingHalf([33, 17], [64, 3]),
  packing([1, 1]),
  packing([17, 16], [3, 37], [64, 5]),
  probed(1, 0, 0, 0),
  probed(3, 5, 0, 0),
  probed(2, 0, 7, 0),
  probed(5, 3, 2, 4),
  total(1, 1, 0, 0, 0),
  total(13, 1, 0, 0, 1),
  total(257, 1, 0, 0, 0),
  total(1031, 1, 0, 0, 1),
  total(257, 1, 1, 0, 0),
  total(1031, 3, 1, 0, 0),
  total(7, 5, 1, 0, 0),
  total(7, 5, 0, 0, 1),
  total(1, 1, 1, 1, 0),
  total(10 * 21, 10, 1, 1, 0),
  total(4 * 195, 4, 1, 1, 1),
];
