// Drawing tokens from logits, floor 2: temperature, top k, top p, and the token that comes next. Integers decide, the
// same on both backends: only the chances themselves are rounded.

import randomWgsl from "../../shaders/random.wgsl?raw";
import wgsl from "../../shaders/sample.wgsl?raw";
import { carrying, type Moves } from "./carry.js";
import { defineKernel, grid, type Kernel, link } from "./kernel.js";

/** Of what is asked: no stop, no top p. */
export const NONE = 0xffffffff;

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
  const threads = V <= 1024 ? Math.min(lanes, 32) : 256;
  const { bindings, params, wgsl: text, cpu } = carrying(moves);
  return defineKernel<string, string>({
    name: `sample, by ${threads}${moves.length > 0 ? `, carry(${moves.join("; ")})` : ""}`,
    wgsl: (texts) => texts.sample(threads, text),
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
    twin: (twins) => twins.sample(cpu),
    flops: ({ B, V }) => 10 * B * V,
  });
}

/** carry: what moves states once all are drawn. */
export function sampleText(threads: number, carry: string): string {
  return link(
    `const THREADS = ${threads}u;`,
    `var<workgroup> sums: array<f32, ${2 * threads}>;`,
    randomWgsl,
    carry,
    wgsl
      .replace(/struct Params \{[^}]*\}/, "") // there are more of them
      .replace("@workgroup_size(32)", `@workgroup_size(${threads})`),
  );
}
