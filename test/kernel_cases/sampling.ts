// Cases of the kernels that write: a token drawn from logits, and states moved on for the next one.

import { carry } from "../../src/kernels/carry.js";
import { askedOf, digitsOf, type Sampling, sampleOf } from "../../src/kernels/sample.js";
import { mix } from "../../src/random.js";
import { type Case, kernelCase, normals } from "./case.js";

interface Drawing extends Sampling {
  readonly seed?: number;
  /** Logits are rounded to multiples of this, so that some are alike. */
  readonly step?: number;
  /** Tokens drawn before. */
  readonly before?: number;
  /** Tokens that are given. */
  readonly given?: number;
  /** Invocations that draw, where there are few tokens. */
  readonly lanes?: number;
}

const N = 3;

/** As the definition has it: a token's rank by comparing it with every other. */
function drawn(B: number, V: number, o: Drawing): Case {
  const {
    seed = 5,
    step = 0,
    before = 0,
    given: count = 0,
    temperature = 1,
    topK = V,
    topP = 1,
    stop,
    lanes,
  } = o;
  const logits = normals(2 + B * V, seed).map((x) => 3 * (step > 0 ? Math.round(x / step) * step : x));
  const given = {
    logits,
    asked: askedOf(seed, o, count),
    place: new Uint32Array(B).fill(before),
    tokens: Uint32Array.from({ length: B }, (_, b) =>
      b === 1 && stop !== undefined ? stop : (V - 1) * (b % 2),
    ),
    ids: new Uint32Array(N * B).fill(7),
    likelihoods: new Float32Array(N * B).fill(7),
  };
  const words = Object.entries(o).map(([name, value]) => `${name} ${value}`);
  const title = `${B}x${V} ${words.join(", ")}`;
  const kernel = sampleOf(V, [], lanes);
  return kernelCase(kernel, title, given, { B, V, logits_0: 2, N, digits: digitsOf(V) }, (bound) => {
    for (let b = 0; b < B; b += 1) {
      const x = Array.from(bound.logits.subarray(2 + b * V, 2 + (b + 1) * V));
      const top = Math.max(...x);
      const chances = softmax(x.map((value) => (value - top) / (temperature || 1))).map((p) =>
        Math.round(p * 2 ** 31),
      );
      const isAbove = (v: number, w: number): boolean => x[v] > x[w] || (x[v] === x[w] && v < w);
      const likelier = (w: number): number[] => [...x.keys()].filter((v) => isAbove(v, w));
      const most = temperature === 0 ? 1 : topK;
      const likeliest = [...x.keys()].filter((v) => likelier(v).length < most);
      const sum = (some: readonly number[]): number => some.reduce((total, v) => total + chances[v], 0);
      const mass = sum(likeliest);
      const kept = likeliest.filter(
        (v) => topP === 1 || sum(likelier(v)) <= Math.floor((mass * Math.floor(topP * 2 ** 32)) / 2 ** 32),
      );
      const n = bound.place[b];
      const share = Number((BigInt(mix(seed, n, b)) * BigInt(sum(kept))) >> 32n);
      const id = kept.find((v) => sum(kept.filter((w) => w <= v)) > share) ?? 0;
      const hasEnded = n > 0 && stop !== undefined && bound.tokens[b] === stop;
      const to = (n % N) * B + b;
      bound.place[b] += 1;
      if (n < count) {
        bound.tokens[b] = bound.ids[to];
        continue;
      }
      bound.tokens[b] = hasEnded ? stop : id;
      bound.ids[to] = bound.tokens[b];
      bound.likelihoods[to] = hasEnded ? 0 : Math.log(softmax(x)[id]);
    }
  });
}

function softmax(x: readonly number[]): number[] {
  const sum = x.reduce((total, value) => total + Math.exp(value), 0);
  return x.map((value) => Math.exp(value) / sum);
}

/** A draw that carries states on too. */
function carried(B: number, V: number, n: number): Case {
  const one = drawn(B, V, {});
  const kernel = sampleOf(V, [
    [0, 0],
    [1, 1],
  ]);
  const params = { ...one.params, n0: n, from0: n, to0: 0, n1: 3, from1: 0, to1: 5 };
  const given = { ...one.given, x0: normals(2 * n), x1: normals(8, 2) };
  return kernelCase(kernel, `${B}x${V}, carrying ${n}`, given, params, (bound) => {
    one.naive(bound);
    bound.x0.copyWithin(0, n);
    bound.x1.copyWithin(5, 0, 3);
  });
}

/** Two moves within one buffer, one from one to another. */
function moved(): Case {
  const p = { n0: 70, from0: 3, to0: 100, n1: 5, from1: 0, to1: 2, n2: 1, from2: 9, to2: 8 };
  const kernel = carry([
    [0, 0],
    [0, 1],
    [1, 1],
  ]);
  return kernelCase(
    kernel,
    "within and between",
    { x0: normals(180), x1: normals(12, 2) },
    p,
    ({ x0, x1 }) => {
      x0.copyWithin(100, 3, 73);
      x1.set(x0.subarray(0, 5), 2);
      x1[8] = x1[9];
    },
  );
}

export const samplingCases: readonly Case[] = [
  ...[{}, { temperature: 0 }, { temperature: 0.7, topK: 4 }, { temperature: 1e-6, seed: 8 }].map((o) =>
    drawn(3, 7, o),
  ),
  ...[{}, { topP: 0.9 }, { topP: 0.5, topK: 20, temperature: 1.5 }, { topP: 1e-9 }].map((o) =>
    drawn(2, 65, o),
  ),
  ...[1, 4].map((lanes) => drawn(2, 65, { topP: 0.9, topK: 20, lanes })),
  drawn(1, 1, {}),
  drawn(1, 16, { topK: 99 }),
  drawn(1, 17, { topK: 16, seed: 2 }),
  drawn(2, 300, { step: 0.5, topK: 9 }),
  drawn(2, 300, { step: 1, topP: 0.4, seed: 3 }),
  drawn(2, 64, { step: 100, topP: 0.3 }),
  drawn(2, 1030, { topK: 50, topP: 0.8 }),
  drawn(3, 11, { stop: 4, before: 2 }),
  drawn(3, 11, { stop: 4 }),
  drawn(3, 11, { given: 1, topK: 5 }),
  carried(3, 7, 1000),
  moved(),
];
