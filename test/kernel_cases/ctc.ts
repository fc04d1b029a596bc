// Cases of CTC. The loops count in probabilities where the kernel adds logarithms.

import { ctc } from "../../src/kernels/ctc.js";
import { ctcGradient } from "../../src/kernels/ctc_gradient.js";
import { type Case, integersBelow, kernelCase, normals } from "./case.js";

interface Sizes {
  readonly T: number;
  readonly V: number;
  readonly S: number;
  readonly blank: number;
  /** Of each sequence: its steps and its labels. */
  readonly sequences: readonly Sequence[];
}

interface Sequence {
  readonly steps: number;
  readonly labels: readonly number[];
}

/** As the host lays it out; what is past the labels is not read. */
function tableOf({ S, sequences }: Sizes): Uint32Array {
  return Uint32Array.from(
    sequences.flatMap(({ steps, labels }) => [
      steps,
      labels.length,
      ...labels,
      ...Array(S - labels.length).fill(4e9),
    ]),
  );
}

const impossible = -(2 ** 100);
const logOf = (p: number): number => (p > 0 ? Math.log(p) : impossible);

/** Logits lie batch-first. */
function likelihood(title: string, sizes: Sizes, gradient: 0 | 1): Case {
  const { T, V, S, blank, sequences } = sizes;
  const B = sequences.length;
  const logits = normals(3 + T * B * V);
  const at = (t: number, b: number): number => 3 + (b * T + t) * V;
  const normalizers = Float32Array.from({ length: T * B }, (_, m) => {
    const first = at(Math.floor(m / B), m % B);
    return Math.log(logits.subarray(first, first + V).reduce((sum, x) => sum + Math.exp(x), 0));
  });
  const rows = gradient === 1 ? T + 2 : 2;
  return kernelCase(
    ctc,
    `${title}${gradient === 1 ? "" : ", no gradient"}`,
    {
      logits,
      normalizers,
      targets: tableOf(sizes),
      weights: Float32Array.from({ length: B }, (_, b) => 1 / (b + 1)),
      paths: normals(B * rows * (2 * S + 1) + 3, 2),
      losses: normals(B + 2, 3),
    },
    { T, B, S, in_0: 3, in_m1: V, in_m: T * V, blank, gradient },
    (bound) => {
      for (const [b, { steps, labels }] of sequences.entries()) {
        const states = [blank, ...labels.flatMap((label) => [label, blank])];
        const skips = (s: number): boolean => s > 1 && states[s] !== blank && states[s] !== states[s - 2];
        const p = (t: number, s: number): number =>
          Math.exp(bound.logits[at(t, b) + states[s]] - bound.normalizers[t * B + b]);
        const come: number[][] = [];
        for (let t = 0; t < steps; t += 1) {
          const before = (s: number): number =>
            t === 0 ? (s === 0 || s === 1 ? 1 : 0) : (come[t - 1][s] ?? 0);
          const from = (s: number): number =>
            t === 0 ? before(s) : before(s) + before(s - 1) + (skips(s) ? before(s - 2) : 0);
          come.push(states.map((_, s) => from(s) * p(t, s)));
        }
        const last = come.at(-1) ?? states.map((_, s) => (s === 0 ? 1 : 0));
        const total = last.slice(-2).reduce((sum, x) => sum + x);
        bound.losses[b] = -bound.weights[b] * logOf(total);
        const write = (row: number, values: readonly number[]): void =>
          bound.paths.set(values, (b * rows + row) * (2 * S + 1));
        if (gradient === 0) {
          for (const [t, row] of come.entries()) write(t % 2, row.map(logOf));
          continue;
        }
        let after: number[] = [];
        for (let t = steps - 1; t >= 0; t -= 1) {
          const next = after;
          const of = (s: number): number => next[s] ?? 0;
          const go = states.map((_, s) => {
            if (t === steps - 1) return s > states.length - 3 ? 1 : 0;
            return of(s) + of(s + 1) + (skips(s + 2) ? of(s + 2) : 0);
          });
          after = go.map((x, s) => x * p(t, s));
          write(T + (t % 2), after.map(logOf));
          write(
            t,
            go.map((x, s) => (come[t][s] * x) / total),
          );
        }
      }
    },
  );
}

/** Any numbers as probabilities: what is summed is seen. scale: of the gradient, and of what it is made from. */
function gradientOf(title: string, sizes: Sizes, scale = 1): Case {
  const { T, V, S, blank, sequences } = sizes;
  const B = sequences.length;
  return kernelCase(
    ctcGradient,
    title,
    {
      paths: normals(B * (T + 2) * (2 * S + 1)),
      targets: tableOf(sizes),
      weights: Float32Array.from({ length: B }, (_, b) => 1 / (b + 1)),
      dlogits: normals(T * B * V + 3, 2),
    },
    { T, B, V, S, blank },
    ({ paths, weights, dlogits }) => {
      for (const [b, { steps, labels }] of sequences.entries()) {
        const states = [blank, ...labels.flatMap((label) => [label, blank])];
        for (let t = 0; t < steps; t += 1) {
          const d = dlogits.subarray((t * B + b) * V, (t * B + b + 1) * V);
          for (const [s, v] of states.entries()) d[v] -= scale * paths[(b * (T + 2) + t) * (2 * S + 1) + s];
          for (let v = 0; v < V; v += 1) d[v] *= weights[b];
        }
      }
    },
    { scale },
  );
}

const small: Sizes = {
  T: 7,
  V: 5,
  S: 4,
  blank: 0,
  sequences: [
    { steps: 7, labels: [2, 2, 1] },
    { steps: 5, labels: [4, 3, 4, 4] },
    { steps: 3, labels: [] },
    { steps: 0, labels: [] },
    { steps: 1, labels: [1] },
    { steps: 7, labels: [1, 1, 1, 1] },
  ],
};
const one: Sizes = { T: 1, V: 2, S: 1, blank: 1, sequences: [{ steps: 1, labels: [0] }] };
const tooShort: Sizes = { T: 3, V: 4, S: 3, blank: 3, sequences: [{ steps: 3, labels: [1, 1, 2] }] };
const noSteps: Sizes = { ...tooShort, sequences: [{ steps: 0, labels: [1] }] };
/** More states than threads. */
const long: Sizes = {
  T: 300,
  V: 3,
  S: 140,
  blank: 1,
  sequences: [280, 300].map((steps, k) => ({
    steps,
    labels: [...integersBelow(2, 130 + k, k)].map((v) => 2 * v),
  })),
};
/** More classes than threads, and more than they sum at once. */
const wide: Sizes = {
  T: 2,
  V: 131,
  S: 90,
  blank: 70,
  sequences: [
    { steps: 2, labels: [...integersBelow(70, 90)] },
    { steps: 1, labels: [130] },
  ],
};

export const ctcCases: readonly Case[] = [
  ...([1, 0] as const).flatMap((gradient) => [
    likelihood("of one step", one, gradient),
    likelihood("of unlike lengths", small, gradient),
    likelihood("with more states than threads", long, gradient),
  ]),
  likelihood("with too few steps", tooShort, 0),
  likelihood("with no step", noSteps, 0),
  gradientOf("of one step", one),
  gradientOf("of unlike lengths", small),
  gradientOf("of unlike lengths, scaled", small, 8),
  gradientOf("with more classes than threads", wide),
];
