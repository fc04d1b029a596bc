// Drawing tokens from logits on the CPU, floor 2: the integers of shaders/sample.wgsl.

import { mix } from "../random.js";
import type { Carrying } from "./carry.js";
import type { Twin } from "./kernel.js";
import { NONE } from "./sample.js";

/** carry: moves states once all are drawn. */
export function sampleTwin(carry: Carrying["cpu"]): Twin {
  return {
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
      carry(ops, at, p);
    },
  };
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
