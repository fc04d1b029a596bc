// Drawing tokens from logits, floor 2: temperature, top k, top p, and the token that comes next. Integers decide, the
// same on both backends: only the chances themselves are rounded.

import randomWgsl from "../../shaders/random.wgsl?raw";
import wgsl from "../../shaders/sample.wgsl?raw";
import { mix } from "../random.js";
import { carrying, type Moves } from "./carry.js";
import { defineKernel, grid, type Kernel, link } from "./kernel.js";

/** Of what is asked: no stop, no top p. */
const NONE = 0xffffffff;

export interface Sampling {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly stop?: number;
}

/** What the kernel is asked, as its binding `asked` holds it. given: how many tokens are not to be drawn. */
export function askedOf(
  seed: number,
  { temperature = 1, topK = NONE, topP = 1, stop = NONE }: Sampling,
  given = 0,
): Uint32Array {
  const words = Uint32Array.of(seed, 0, temperature === 0 ? 1 : Math.min(topK, NONE), 0, stop, given);
  // so that the largest logit, which is 0 then, stays 0
  new Float32Array(words.buffer)[1] = Math.min(1 / (temperature || 1), 1e30);
  words[3] = topP === 1 ? NONE : Math.min(Math.floor(topP * 2 ** 32), NONE - 1);
  return words;
}

/** Digits of a token in base 16. */
export function digitsOf(V: number): number {
  return Math.max(1, Math.ceil(Math.log2(V) / 4));
}

/**
 * Draws token place[b] of every sequence from softmax(logits[b] / temperature), of the top k likeliest tokens and of
 * those the fewest whose probabilities sum to top p; equal ones by their numbers. The draw is decided by a hash of
 * the seed, the place and the sequence, in the order of tokens. ids and likelihoods [N, B], rings over places: the
 * token, and the natural logarithm of its probability in softmax(logits). A sequence whose last token was `stop` goes
 * on with it, at 0. The first tokens may be given: they are fed, not drawn. moves: of states, as src/kernels/carry.ts has them. lanes:
 * invocations that a core needs to be busy.
 */
export function sampleOf(V: number, moves: Moves = [], lanes = 32): Kernel {
  // few threads wait for each other little: where one takes few tokens, they are a subgroup of most devices
  const few = lanes < 32 ? 16 : 32;
  const threads = V <= 1024 ? few : 256;
  const { bindings, params, wgsl: text, cpu } = carrying(moves);
  return defineKernel<string, string>({
    name: `sample, by ${threads}${moves.length > 0 ? `, carry(${moves.join("; ")})` : ""}`,
    wgsl: link(
      `const THREADS = ${threads}u;`,
      `var<workgroup> sums: array<f32, ${2 * threads}>;`,
      randomWgsl,
      text,
      wgsl
        .replace(/struct Params \{[^}]*\}/, "") // there are more of them
        .replace("@workgroup_size(32)", `@workgroup_size(${threads})`),
    ),
    bindings: {
      logits: "read",
      asked: "read u32",
      place: "read_write u32",
      tokens: "read_write u32",
      ids: "read_write u32",
      likelihoods: "read_write",
      ...bindings,
    },
    params: { B: "u32", V: "u32", logits_0: "u32", N: "u32", digits: "u32", ...params },
    workgroupBytes: 8 * threads + 4 * 49,
    workgroups: ({ B }) => grid(B, 1),
    cpu(ops, at, p) {
      const { B, V, logits_0, N } = p;
      const { integers } = ops;
      const asked = integers.slice(at.asked * ops.words, at.asked * ops.words + 6);
      const [seed, , topK, topP, stop, given] = asked;
      const inverse = new Float32Array(asked.buffer)[1];
      for (let b = 0; b < B; b += 1) {
        const place = at.place * ops.words + b;
        const last = at.tokens * ops.words + b;
        const n = integers[place];
        const to = (n % N) * B + b;
        const token = at.ids * ops.words + to;
        integers[place] = n + 1;
        if (n < given) {
          integers[last] = integers[token];
          continue;
        }
        const row = at.logits + logits_0 + b * V;
        const logits = Float32Array.from(ops.floats.subarray(row, row + V));
        const hasEnded = n > 0 && stop !== NONE && integers[last] === stop;
        const { id, likelihood } = draw(logits, inverse, topK, topP, mix(seed, n, b));
        integers[token] = hasEnded ? stop : id;
        ops.floats[at.likelihoods + to] = hasEnded ? 0 : likelihood;
        integers[last] = integers[token];
      }
      cpu(ops, at, p);
    },
    flops: ({ B, V }) => 10 * B * V,
  });
}

/** word: what decides. */
function draw(logits: Float32Array<ArrayBuffer>, inverse: number, topK: number, topP: number, word: number) {
  const top = logits.reduce((a, b) => Math.max(a, b));
  const sumOf = (factor: number): number => logits.reduce((sum, x) => sum + Math.exp((x - top) * factor), 0);
  const scale = 2 ** 31 / sumOf(inverse);
  const chances = Uint32Array.from(logits, (x) => Math.exp((x - top) * inverse) * scale + 0.5);
  /** The first tokens of these, with which the sum of chances reaches a part of the whole, in 2^-32. */
  const reach = (tokens: Uint32Array<ArrayBuffer>, share: number) => {
    const whole = tokens.reduce((sum, v) => sum + chances[v], 0);
    let left = high(share, whole) + 1;
    const end = tokens.findIndex((v) => {
      left -= chances[v];
      return left <= 0;
    });
    return tokens.subarray(0, end + 1);
  };
  let kept = Uint32Array.from(chances.keys());
  if (topK === 1) {
    kept = kept.subarray(logits.indexOf(top)).subarray(0, 1);
  } else if (topK < kept.length || topP !== NONE) {
    kept = kept.sort((v, w) => logits[w] - logits[v] || v - w).subarray(0, topK);
    if (topP !== NONE) kept = reach(kept, topP);
    kept = kept.slice().sort();
  }
  const id = reach(kept, word).at(-1) ?? 0;
  return { id, likelihood: logits[id] - top - Math.log(sumOf(1)) };
}

/** The upper word of a product of two. */
function high(a: number, b: number): number {
  return Number((BigInt(a) * BigInt(b)) >> 32n);
}
