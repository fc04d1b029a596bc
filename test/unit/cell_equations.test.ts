// The equations of the further cells and of the options that no other library's results show, written down
// here once more in plain loops, one sequence in float64: peepholes, coupled gates and clips are ONNX's.

import { describe, expect, test } from "vitest";
import { cpu, gru, indRnn, lstm, type Model, mgu, minGru, minLstm, type Tensor } from "../../src/index.js";
import { Random } from "../../src/random.js";
import { deviation } from "../goldens_check.js";

type Vector = readonly number[];
type States = Readonly<Record<string, Vector>>;
/** What a layer of the given weights makes of x and the states before. */
type Step = (x: Vector, states: States, weight: (name: string) => Vector) => States;

const [T, I, H] = [4, 3, 5];
const float64 = cpu({ precision: "float64" });

const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
const units = (f: (j: number) => number): number[] => Array.from({ length: H }, (_, j) => f(j));
const mean = (v: Vector): number => v.reduce((sum, e) => sum + e, 0) / v.length;
/** M v, M in rows of v's length. */
const product = (M: Vector, v: Vector): number[] =>
  Array.from({ length: M.length / v.length }, (_, row) =>
    v.reduce((sum, e, k) => sum + M[row * v.length + k] * e, 0),
  );
const plus = (a: Vector, b: Vector): number[] => a.map((e, k) => e + b[k]);
/** Rows of a gate. */
const gate = (all: Vector, k: number): Vector => all.slice(k * H, (k + 1) * H);

/** LN(v; gain, bias) of Ba, Kiros and Hinton (2016), equation 16. */
function normalize(v: Vector, gain: Vector, bias: Vector): number[] {
  const middle = mean(v);
  const deviation = Math.sqrt(mean(v.map((e) => (e - middle) ** 2)) + 1e-5);
  return v.map((e, k) => (gain[k] / deviation) * (e - middle) + bias[k]);
}

/** Gains and biases of some gates, one after another. */
const normOf = (weight: (name: string) => Vector, half: string, gates: string): [Vector, Vector] => [
  [...gates].flatMap((k) => weight(`layer_norm_weight_${half}_${k}`)),
  [...gates].flatMap((k) => weight(`layer_norm_bias_${half}_${k}`)),
];

const equations: readonly (readonly [string, Model, Step])[] = [
  [
    "minGru",
    minGru(I, H),
    (x, { h }, w) => {
      const a = plus(product(w("weight_ih"), x), w("bias_ih"));
      const z = gate(a, 0).map(sigmoid);
      return { h: units((j) => (1 - z[j]) * h[j] + z[j] * gate(a, 1)[j]) };
    },
  ],
  [
    "minLstm",
    minLstm(I, H),
    (x, { h }, w) => {
      const a = plus(product(w("weight_ih"), x), w("bias_ih"));
      const [f, i] = [gate(a, 0).map(sigmoid), gate(a, 1).map(sigmoid)];
      return { h: units((j) => (f[j] * h[j] + i[j] * gate(a, 2)[j]) / (f[j] + i[j])) };
    },
  ],
  [
    "indRnn",
    indRnn(I, H),
    (x, { h }, w) => {
      const a = plus(product(w("weight_ih"), x), w("bias_ih"));
      return { h: units((j) => Math.max(0, a[j] + w("u")[j] * h[j])) };
    },
  ],
  [
    "mgu",
    mgu(I, H),
    (x, { h }, w) => {
      const ofX = plus(plus(product(w("weight_ih"), x), w("bias_ih")), w("bias_hh"));
      const f = plus(gate(ofX, 0), gate(product(w("weight_hh"), h), 0)).map(sigmoid);
      const fed = units((j) => f[j] * h[j]);
      const n = plus(gate(ofX, 1), gate(product(w("weight_hh"), fed), 1)).map(Math.tanh);
      return { h: units((j) => (1 - f[j]) * h[j] + f[j] * n[j]) };
    },
  ],
  [
    "lstm with layerNorm",
    lstm(I, H, { layerNorm: true }),
    (x, { h, c }, w) => {
      const ofX = normalize(product(w("weight_ih"), x), ...normOf(w, "ih", "ifgo"));
      const a = plus(ofX, normalize(product(w("weight_hh"), h), ...normOf(w, "hh", "ifgo")));
      const [i, f, o] = [0, 1, 3].map((k) => gate(a, k).map(sigmoid));
      const next = units((j) => f[j] * c[j] + i[j] * Math.tanh(gate(a, 2)[j]));
      const out = normalize(next, w("layer_norm_weight_c"), w("layer_norm_bias_c"));
      return { h: units((j) => o[j] * Math.tanh(out[j])), c: next };
    },
  ],
  [
    "gru with layerNorm",
    gru(I, H, { layerNorm: true }),
    (x, { h }, w) => {
      const ofX = normalize(product(w("weight_ih"), x), ...normOf(w, "ih", "rzn"));
      const ofH = normalize(product(w("weight_hh"), h), ...normOf(w, "hh", "rzn"));
      const [r, z] = [0, 1].map((k) => plus(gate(ofX, k), gate(ofH, k)).map(sigmoid));
      const n = units((j) => Math.tanh(gate(ofX, 2)[j] + r[j] * gate(ofH, 2)[j]));
      return { h: units((j) => (1 - z[j]) * n[j] + z[j] * h[j]) };
    },
  ],
  [
    "lstm with peepholes, coupled gates and both clips",
    lstm(I, H, { peephole: true, coupled: true, clip: 0.8, cellClip: 0.5 }),
    (x, { h, c }, w) => {
      const clip = (v: number, to: number): number => Math.min(Math.max(v, -to), to);
      const biases = plus(w("bias_ih"), w("bias_hh"));
      const a = plus(plus(product(w("weight_ih"), x), product(w("weight_hh"), h)), biases);
      const i = units((j) => sigmoid(clip(gate(a, 0)[j] + w("peephole_i")[j] * c[j], 0.8)));
      const g = gate(a, 1).map((v) => Math.tanh(clip(v, 0.8)));
      const next = units((j) => clip((1 - i[j]) * c[j] + i[j] * g[j], 0.5));
      const o = units((j) => sigmoid(clip(gate(a, 2)[j] + w("peephole_o")[j] * next[j], 0.8)));
      return { h: units((j) => o[j] * Math.tanh(next[j])), c: next };
    },
  ],
];

describe("a layer computes what its equations say", () => {
  test.each(equations)("%s", async (name, net, step) => {
    const random = new Random(5);
    const drawn = (shape: readonly number[]): Tensor<Float64Array> => {
      const length = shape.reduce((n, d) => n * d, 1);
      return { shape, data: Float64Array.from({ length }, () => random.normal()) };
    };
    const weights = new Map([...net.shapes].map(([name, shape]) => [name, drawn(shape)]));
    const x = drawn([1, T, I]);
    const states = name.startsWith("lstm") ? ["h", "c"] : ["h"];
    const initial = Object.fromEntries(states.map((s) => [`${s}0`, drawn([1, 1, H])]));
    const session = await float64.session(net, { weights, batchSize: 1, sequenceLength: T });
    const got = session.runSync({ x, ...initial } as never) as unknown as Record<string, Float64Array>;

    const weight = (name: string): Vector => Array.from(weights.get(`${name}_l0`)?.data ?? []);
    let now: States = Object.fromEntries(states.map((s) => [s, Array.from(initial[`${s}0`].data)]));
    const y: number[] = [];
    for (let t = 0; t < T; t += 1) {
      now = step(Array.from(x.data.subarray(t * I, (t + 1) * I)), now, weight);
      y.push(...now.h);
    }
    expect(deviation(got.y, y)).toBeLessThanOrEqual(1e-13);
    for (const s of states) expect(deviation(got[`${s}n`], now[s])).toBeLessThanOrEqual(1e-13);
  });
});
