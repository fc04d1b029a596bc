// Pooling, attention, layer normalization and halves: networks of each with all steps, with lengths and with a
// mask, and what they give by the equations, in plain loops. Used on the CPU in node and on WebGPU in a browser.

import {
  add,
  attention,
  halves,
  input,
  layerNorm,
  type Model,
  model,
  mul,
  pool,
  rnn,
  type Tensor,
} from "../src/index.js";
import { floats } from "./agree_check.js";

type Numbers = ArrayLike<number>;
export type Named = Readonly<Record<string, Tensor<ArrayLike<number>>>>;

export interface StepsCase {
  readonly name: string;
  readonly net: Model;
  readonly batchSize: number;
  readonly sequenceLength: number | Readonly<Record<string, number>>;
  /** Shapes of the inputs of floats; the inputs of integers as they are. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly ints: Readonly<Record<string, Tensor<Int32Array<ArrayBuffer>>>>;
  /** y by the equations. */
  readonly y: (inputs: Named, weights: ReadonlyMap<string, Tensor<ArrayLike<number>>>) => number[];
}

const [B, T, Q] = [4, 5, 3];

/** Which steps there are: all, by lengths of which one is 0, or by a mask. */
const which = {
  all: { has: () => true, ints: {} },
  lengths: {
    has: (t: number, b: number) => t < [3, 0, 5, 1][b],
    ints: { n: { shape: [B], data: Int32Array.of(3, 0, 5, 1) } },
  },
  mask: {
    has: (t: number, b: number) => (2 * t + b) % 3 > 0,
    ints: {
      there: {
        shape: [B, T],
        data: Int32Array.from({ length: B * T }, (_, i) => Number((2 * (i % T) + Math.floor(i / T)) % 3 > 0)),
      },
    },
  },
};
type Which = keyof typeof which;
const ways = Object.keys(which) as readonly Which[]; // its own keys

/** The inputs of integers of a way to say which steps there are. */
function declared(way: Which) {
  if (way === "lengths") return { n: input.lengths() };
  return way === "mask" ? { there: input.mask() } : {};
}

/** Of the inputs of a wiring: what a call is told. */
function told(inputs: Readonly<Record<string, unknown>>): { lengths: never; mask: never } {
  return { lengths: inputs.n as never, mask: inputs.there as never }; // undefined where they are not declared
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, v, i) => sum + v * b[i], 0);
const rowOf = (a: Numbers, row: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => a[row * n + i]);
const times = ({ shape, data }: Tensor<ArrayLike<number>>, x: readonly number[]): number[] =>
  Array.from({ length: shape[0] }, (_, o) => dot(rowOf(data, o, x.length), x));

/** The mean of vectors, weighted by the softmax of their scores; zeros of none. */
function attended(scores: readonly number[], vectors: readonly (readonly number[])[], n: number): number[] {
  const exps = scores.map((s) => Math.exp(s));
  const sum = exps.reduce((a, b) => a + b, 0);
  return Array.from({ length: n }, (_, i) => exps.reduce((y, e, t) => y + (e / sum) * vectors[t][i], 0));
}

function pooling(how: "last" | "mean" | "max" | "attention", way: Which): StepsCase {
  const F = 3;
  const { has, ints } = which[way];
  return {
    name: `pool(${how}), ${way}`,
    net: model({ pool: pool(how) }, { x: input.features(F), ...declared(way) }, ({ pool: layer }, inputs) =>
      layer(inputs.x, told(inputs)),
    ),
    batchSize: B,
    sequenceLength: T,
    inputs: { x: [B, T, F] },
    ints,
    y: ({ x }, weights) =>
      Array.from({ length: B }, (_, b) => {
        const there = Array.from({ length: T }, (_, t) => t).filter((t) => has(t, b));
        const steps = there.map((t) => rowOf(x.data, b * T + t, F));
        const features = Array.from({ length: F }, (_, n) => steps.map((step) => step[n]));
        if (steps.length === 0) return new Array<number>(F).fill(0);
        if (how === "last") return steps[steps.length - 1];
        if (how === "max") return features.map((all) => Math.max(...all));
        if (how === "mean") return features.map((all) => all.reduce((s, v) => s + v, 0) / all.length);
        const [W, bias, v] = ["weight", "bias", "score_weight"].map(
          (name) => weights.get(`pool.${name}`) ?? { shape: [], data: [] },
        );
        const scores = steps.map((step) => {
          const h = times(W, step).map((z, n) => Math.tanh(z + bias.data[n]));
          return dot(h, rowOf(v.data, 0, F));
        });
        return attended(scores, steps, F);
      }).flat(),
  };
}

function attending(score: "dot" | "general" | "additive", way: Which): StepsCase {
  const [I, M] = score === "dot" ? [3, 3] : [2, 3];
  const { has, ints } = which[way];
  return {
    name: `attention(${score}), ${way}`,
    net: model(
      { attend: attention(I, M, { score }) },
      { q: input.features(I), m: input.features(M), ...declared(way) },
      ({ attend }, inputs) => attend(inputs.q, inputs.m, told(inputs)),
    ),
    batchSize: B,
    sequenceLength: { q: Q, m: T, there: T },
    inputs: { q: [B, Q, I], m: [B, T, M] },
    ints,
    y: ({ q, m }, weights) => {
      const weight = (name: string) => weights.get(`attend.${name}`) ?? { shape: [], data: [] };
      const scoreOf = (query: number[], step: number[]): number => {
        if (score === "dot") return dot(query, step);
        if (score === "general") return dot(times(weight("weight"), query), step);
        const u = times(weight("query_weight"), query);
        const h = times(weight("memory_weight"), step).map((w, n) => Math.tanh(w + u[n]));
        return dot(h, rowOf(weight("score_weight").data, 0, M));
      };
      return Array.from({ length: B * Q }, (_, bq) => {
        const b = Math.floor(bq / Q);
        const there = Array.from({ length: T }, (_, t) => t).filter((t) => has(t, b));
        const steps = there.map((t) => rowOf(m.data, b * T + t, M));
        const query = rowOf(q.data, bq, I);
        return attended(
          steps.map((step) => scoreOf(query, step)),
          steps,
          M,
        );
      }).flat();
    },
  };
}

function norming(o: { bias?: boolean; elementwiseAffine?: boolean; eps?: number }): StepsCase {
  const F = 6;
  return {
    name: `layerNorm(${JSON.stringify(o)})`,
    net: model({ norm: layerNorm(F, o) }, { x: input.features(F) }, ({ norm }, { x }) => norm(x)),
    batchSize: B,
    sequenceLength: T,
    inputs: { x: [B, T, F] },
    ints: {},
    y: ({ x }, weights) =>
      Array.from({ length: B * T }, (_, row) => {
        const step = rowOf(x.data, row, F);
        const mean = step.reduce((s, v) => s + v, 0) / F;
        const variance = step.reduce((s, v) => s + (v - mean) ** 2, 0) / F;
        return step.map((v, n) => {
          const normed = (v - mean) / Math.sqrt(variance + (o.eps ?? 1e-5));
          const gain = weights.get("norm.weight")?.data[n] ?? 1;
          return normed * gain + (weights.get("norm.bias")?.data[n] ?? 0);
        });
      }).flat(),
  };
}

/** A merge of one's own, of halves that are used twice; and halves of what else is used, as a whole too. */
const merged: StepsCase = {
  name: "halves",
  net: model({}, { x: input.features(6) }, (_, { x }) => {
    const [a, c] = halves(x);
    const [first] = halves(mul(x, x));
    return { y: add(mul(a, c), a, first), whole: x };
  }),
  batchSize: B,
  sequenceLength: T,
  inputs: { x: [B, T, 6] },
  ints: {},
  y: ({ x }) =>
    Array.from({ length: B * T }, (_, row) => {
      const step = rowOf(x.data, row, 6);
      return [0, 1, 2].map((n) => step[n] * step[n + 3] + step[n] + step[n] ** 2);
    }).flat(),
};

export const stepsCases: readonly StepsCase[] = [
  ...(["last", "mean", "max", "attention"] as const).flatMap((how) => ways.map((way) => pooling(how, way))),
  ...(["dot", "general", "additive"] as const).flatMap((score) => ways.map((way) => attending(score, way))),
  norming({}),
  norming({ bias: false, eps: 1e-2 }),
  norming({ elementwiseAffine: false }),
  merged,
];

/** Halves of a bidirectional layer are its directions. */
export const directions = {
  both: model(
    { rnn: rnn(3, 4, { bidirectional: true }) },
    { x: input.features(3) },
    ({ rnn: layer }, { x }) => {
      const [forward, backward] = halves(layer(x).y);
      return { forward, backward };
    },
  ),
  forward: model({ rnn: rnn(3, 4) }, { x: input.features(3) }, ({ rnn: layer }, { x }) => layer(x).y),
};

/** Everything that a case is called with: floats that are drawn, and its integers. */
export function inputsOf({ inputs, ints }: StepsCase): Record<string, Tensor<Float32Array | Int32Array>> {
  const drawn = Object.entries(inputs).map(([name, shape], k) => [name, floats(shape, k + 1)] as const);
  return { ...Object.fromEntries(drawn), ...ints };
}
