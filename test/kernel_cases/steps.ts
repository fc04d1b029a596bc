// Cases of the kernels that go over the steps of sequences: softmax, pooling, the additive score; and of layer
// normalization.

import { additiveScore } from "../../src/kernels/additive_score.js";
import { additiveScoreBackward } from "../../src/kernels/additive_score_backward.js";
import { layerNorm, normGives } from "../../src/kernels/layer_norm.js";
import { everything, livePlaces, tableOfLengths, tableOfMask } from "../../src/kernels/live.js";
import { pool, pools } from "../../src/kernels/pool.js";
import { softmax } from "../../src/kernels/softmax.js";
import { type Case, type Floats, kernelCase, normals, row } from "./case.js";

type Flag = 0 | 1;

/** Which of T steps of B sequences there are. */
interface Steps {
  readonly title: string;
  readonly table: Uint32Array;
  readonly codes: number;
  readonly has: (t: number, b: number) => boolean;
}

function all(): Steps {
  return { title: "all", table: Uint32Array.of(0), codes: everything, has: () => true };
}

function ofLengths(lengths: readonly number[], T: number): Steps {
  return {
    title: `lengths ${lengths.join(" ")}`,
    table: tableOfLengths(lengths, T),
    codes: livePlaces(T, lengths.length).codes,
    has: (t, b) => t < lengths[b],
  };
}

/** A masked step is not there, whether its output is said again or not. */
function ofMask(T: number, B: number, repeat: boolean): Steps {
  const has = (t: number, b: number): boolean => (t * 3 + b) % 4 > 1;
  return {
    title: `a mask, ${repeat ? "repeated" : "held"}`,
    table: tableOfMask(has, T, B, repeat),
    codes: livePlaces(T, B).codes,
    has,
  };
}

const added = (accumulate: Flag): string => (accumulate === 1 ? ", added" : "");

function softmaxCase(Q: number, B: number, T: number, steps: Steps, backward: Flag, accumulate: Flag): Case {
  const M = Q * B;
  return kernelCase(
    softmax,
    `${Q}x${B}x${T} ${steps.title}${backward === 1 ? ", backward" : ""}${added(accumulate)}`,
    { live: steps.table, input: normals(M * T), d: normals(M * T, 2), out: normals(M * T + 3, 3) },
    { M, T, B, codes: steps.codes, backward, accumulate },
    ({ input, d, out }) => {
      for (let m = 0; m < M; m += 1) {
        const there = Array.from({ length: T }, (_, t) => t).filter((t) => steps.has(t, m % B));
        const sum = there.reduce((s, t) => s + Math.exp(input[m * T + t]), 0);
        const along = there.reduce((s, t) => s + input[m * T + t] * d[m * T + t], 0);
        for (let t = 0; t < T; t += 1) {
          const x = input[m * T + t];
          let value = 0;
          if (there.includes(t)) value = backward === 1 ? x * (d[m * T + t] - along) : Math.exp(x) / sum;
          out[m * T + t] = value + (accumulate === 1 ? out[m * T + t] : 0);
        }
      }
    },
  );
}

/** Rows of the input lie batch-first with room between them, those of its gradient time-major. */
function poolCase(
  T: number,
  B: number,
  N: number,
  how: keyof typeof pools,
  steps: Steps,
  backward: Flag,
  accumulate: Flag,
): Case {
  const p = {
    T,
    B,
    N,
    how: pools[how],
    codes: steps.codes,
    backward,
    in_0: 1,
    in_m1: N + 1,
    in_m: T * (N + 1),
    out_0: 2,
    out_m1: B * N,
    out_m: N,
    accumulate,
  };
  const input = normals(1 + T * B * (N + 1)).map((x) => (how === "max" ? Math.round(4 * x) / 4 : x)); // some are equal
  return kernelCase(
    pool,
    `${how} ${T}x${B}x${N} ${steps.title}${backward === 1 ? ", backward" : ""}${added(accumulate)}`,
    { live: steps.table, input, d: normals(B * N, 2), out: normals(2 + T * B * N + 1, 3) },
    p,
    ({ input: x, d, out }) => {
      for (let b = 0; b < B; b += 1) {
        const there = Array.from({ length: T }, (_, t) => t).filter((t) => steps.has(t, b));
        for (let n = 0; n < N; n += 1) {
          const values = there.map((t) => x[1 + (b * T + t) * (N + 1) + n]);
          const share = (i: number): number => {
            if (how === "mean") return 1 / values.length;
            const chosen = how === "last" ? values.length - 1 : values.indexOf(Math.max(...values));
            return i === chosen ? 1 : 0;
          };
          if (backward === 0) out[2 + b * N + n] = values.reduce((s, v, i) => s + share(i) * v, 0);
          for (let i = 0; i < there.length && backward === 1; i += 1) {
            const o = 2 + (there[i] * B + b) * N + n;
            out[o] = share(i) * d[b * N + n] + (accumulate === 1 ? out[o] : 0);
          }
        }
      }
    },
  );
}

function normCase(
  M: number,
  r: number,
  N: number,
  gives: keyof typeof normGives,
  weight: Flag,
  bias: Flag,
  accumulate: Flag = 0,
): Case {
  const p = {
    M,
    N,
    r,
    in_0: 2,
    in_m1: N + 1,
    in_m: (M / r) * (N + 1),
    out_0: 1,
    out_m1: r * N,
    out_m: N,
    weight,
    w_0: 3,
    bias,
    b_0: 5 + N,
    eps: 1e-3,
    gives: normGives[gives],
    accumulate,
  };
  /** By the chain rule through mean and variance, step by step. */
  const gradient = (x: Floats, g: Floats): Floats => {
    const mean = x.reduce((s, v) => s + v, 0) / N;
    const variance = x.reduce((s, v) => s + (v - mean) ** 2, 0) / N;
    const root = Math.sqrt(variance + p.eps);
    const dVariance = g.reduce((s, v, n) => s - (v * (x[n] - mean)) / (2 * root ** 3), 0);
    const centred = g.map((v, n) => v / root + (dVariance * 2 * (x[n] - mean)) / N);
    const dMean = centred.reduce((s, v) => s + v, 0) / N;
    return centred.map((v) => v - dMean);
  };
  return kernelCase(
    layerNorm,
    `${M}x${N} ${gives}${weight ? ", weight" : ""}${bias ? ", bias" : ""}${added(accumulate)}`,
    {
      weights: normals(5 + 2 * N, 1),
      input: normals(2 + M * (N + 1), 2).map((v) => 3 * v + 1),
      d: normals(M * N, 3),
      out: normals(1 + M * N + 2, 4),
    },
    p,
    ({ weights, input, d, out }) => {
      for (let m = 0; m < M; m += 1) {
        const from = 2 + row(m, r, p.in_m1, p.in_m);
        const x = input.slice(from, from + N);
        const dy = d.slice(m * N, (m + 1) * N);
        const w = weights.slice(3, 3 + N).map((v) => (weight ? v : 1));
        const mean = x.reduce((s, v) => s + v, 0) / N;
        const variance = x.reduce((s, v) => s + (v - mean) ** 2, 0) / N;
        const normed = x.map((v) => (v - mean) / Math.sqrt(variance + p.eps));
        const made = {
          y: normed.map((v, n) => v * w[n] + (bias ? weights[5 + N + n] : 0)),
          dx: gradient(
            x,
            dy.map((v, n) => v * w[n]),
          ),
          dw: normed.map((v, n) => v * dy[n]),
        }[gives];
        for (let n = 0; n < N; n += 1) {
          const o = 1 + m * N + n;
          out[o] = made[n] + (accumulate === 1 ? out[o] : 0);
        }
      }
    },
  );
}

function scoreCase(Q: number, T: number, B: number, A: number): Case {
  return kernelCase(
    additiveScore,
    `${Q}x${T} of ${B}x${A}`,
    {
      weights: normals(A + 4, 1),
      query: normals(Q * B * A, 2),
      memory: normals(T * B * A, 3),
      out: normals(Q * B * T + 2, 4),
    },
    { Q, T, B, A, v_0: 3 },
    ({ weights, query, memory, out }) => {
      for (let q = 0; q < Q; q += 1) {
        for (let b = 0; b < B; b += 1) {
          for (let t = 0; t < T; t += 1) {
            let sum = 0;
            for (let a = 0; a < A; a += 1) {
              sum += weights[3 + a] * Math.tanh(query[(q * B + b) * A + a] + memory[(t * B + b) * A + a]);
            }
            out[(q * B + b) * T + t] = sum;
          }
        }
      }
    },
  );
}

/** isQuery: whether x is the query, whose steps are the rows of d [Q, B, T]; else the memory. */
function scoreGradient(
  I: number,
  J: number,
  B: number,
  A: number,
  isQuery: boolean,
  of_v: Flag,
  accumulate: Flag,
): Case {
  const T = isQuery ? J : I;
  const [d_i, d_j] = isQuery ? [B * T, 1] : [1, B * T];
  return kernelCase(
    additiveScoreBackward,
    `${I}x${J} of ${B}x${A}, ${isQuery ? "query" : "memory"}${of_v ? ", of v" : ""}${added(accumulate)}`,
    {
      weights: normals(A + 4, 1),
      x: normals(I * B * A, 2),
      y: normals(J * B * A, 3),
      d: normals(I * J * B, 4),
      out: normals(I * B * A + 2, 5),
    },
    { I, J, B, A, v_0: 3, d_i, d_j, d_b: T, of_v, accumulate },
    ({ weights, x, y, d, out }) => {
      for (let i = 0; i < I; i += 1) {
        for (let b = 0; b < B; b += 1) {
          for (let a = 0; a < A; a += 1) {
            const o = (i * B + b) * A + a;
            let sum = 0;
            for (let j = 0; j < J; j += 1) {
              const h = Math.tanh(x[o] + y[(j * B + b) * A + a]);
              const [q, t] = isQuery ? [i, j] : [j, i];
              sum += d[(q * B + b) * T + t] * (of_v === 1 ? h : weights[3 + a] * (1 - h * h));
            }
            out[o] = sum + (accumulate === 1 ? out[o] : 0);
          }
        }
      }
    },
  );
}

const flags: readonly Flag[] = [0, 1];
const lengths = ofLengths([5, 0, 7, 1], 7);

export const stepCases: readonly Case[] = [
  softmaxCase(1, 1, 1, all(), 0, 0),
  softmaxCase(3, 2, 65, all(), 0, 0),
  softmaxCase(2, 3, 131, all(), 1, 1),
  ...flags.flatMap((backward) => [
    softmaxCase(3, 4, 7, lengths, backward, 0),
    softmaxCase(2, 5, 9, ofMask(9, 5, true), backward, 1),
    softmaxCase(1, 5, 9, ofMask(9, 5, false), backward, 0),
  ]),
  ...(["last", "mean", "max"] as const).flatMap((how) =>
    flags.flatMap((backward) => [
      poolCase(1, 1, 1, how, all(), backward, 0),
      poolCase(3, 5, 13, how, all(), backward, backward),
      poolCase(7, 4, 17, how, lengths, backward, 0),
      poolCase(9, 5, 3, how, ofMask(9, 5, true), backward, backward),
    ]),
  ),
  ...(["y", "dx", "dw"] as const).flatMap((gives) => [
    normCase(1, 1, 1, gives, 1, 1),
    normCase(6, 2, 65, gives, 1, 0),
    normCase(15, 5, 7, gives, 0, 0, 1),
    normCase(3, 3, 131, gives, 1, 1, 1),
  ]),
  scoreCase(1, 1, 1, 1),
  scoreCase(3, 5, 2, 7),
  scoreCase(2, 13, 5, 67),
  ...[true, false].flatMap((isQuery) => [
    scoreGradient(1, 1, 1, 1, isQuery, 0, 0),
    scoreGradient(3, 5, 2, 13, isQuery, 0, 1),
    scoreGradient(13, 2, 3, 67, isQuery, 0, 0),
    scoreGradient(3, 7, 2, 5, isQuery, 1, 0),
  ]),
];
