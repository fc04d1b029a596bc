// Connectionist temporal classification, floor 2: the likelihood of labels over all their alignments, and the
// probability of each state at each step (Graves, Fernández, Gomez and Schmidhuber 2006).

import wgsl from "../../shaders/ctc.wgsl?raw";
import { defineKernel, grid } from "./kernel.js";

/** The logarithm of 0: finite, and nothing that is added to it shows, in either precision. */
const never = -(2 ** 100);

function logSum(a: number, b: number, c: number): number {
  const largest = Math.max(a, b, c);
  return largest + Math.log(Math.exp(a - largest) + Math.exp(b - largest) + Math.exp(c - largest));
}

/**
 * losses[b] = -weights[b] log p(labels of b). A sequence of n labels has 2n + 1 states: blank, label, blank,
 * …, blank. targets is [B, 2 + 2S]: steps, n, the labels [S], and their positions in order of the labels [S].
 * normalizers [T, B] are log sum exp of each row of logits. With `gradient`, paths [B, T + 2, 2S + 1] holds the
 * probability of each state at each step; without, it is [B, 2, 2S + 1]. Where no path leads through all labels
 * in so few steps, log p is -2^100.
 */
export const ctc = /* @__PURE__ */ defineKernel({
  name: "ctc",
  wgsl,
  bindings: {
    logits: "read",
    normalizers: "read",
    targets: "read u32",
    weights: "read",
    paths: "read_write",
    losses: "read_write",
  },
  params: {
    T: "u32",
    B: "u32",
    S: "u32",
    in_0: "u32",
    in_m1: "u32", // row (t, b) of the logits lies at t in_m1 + b in_m
    in_m: "u32",
    blank: "u32",
    gradient: "u32",
  },
  workgroups: ({ B }) => grid(B, 1),
  cpu(ops, at, p) {
    const { T, B, S } = p;
    const { floats: f, integers } = ops;
    const width = 2 * S + 1;
    for (let b = 0; b < B; b += 1) {
      const given = at.targets * ops.words + b * (2 + 2 * S);
      const steps = integers[given];
      const states = 2 * integers[given + 1] + 1;
      const first = at.paths + b * (p.gradient === 1 ? T + 2 : 2) * width;
      const rowOf = (t: number): number => first + (p.gradient === 1 ? t : t % 2) * width;
      const label = (s: number): number => (s % 2 === 0 ? p.blank : integers[given + 2 + (s - 1) / 2]);
      const logProbability = (t: number, s: number): number =>
        f[at.logits + p.in_0 + t * p.in_m1 + b * p.in_m + label(s)] - f[at.normalizers + t * B + b];
      const skips = (s: number): boolean => s > 2 && s % 2 === 1 && label(s) !== label(s - 2);

      for (let t = 0; t < steps; t += 1) {
        for (let s = 0; s < states; s += 1) {
          const from = rowOf(t - 1) + s;
          const come =
            t === 0
              ? s < 2
                ? 0
                : never
              : logSum(f[from], s > 0 ? f[from - 1] : never, skips(s) ? f[from - 2] : never);
          f[rowOf(t) + s] = come + logProbability(t, s);
        }
      }
      const end = rowOf(steps - 1) + states - 1;
      const none = states === 1 ? 0 : never;
      const likelihood = steps === 0 ? none : logSum(f[end], states > 1 ? f[end - 1] : never, never);
      f[at.losses + b] = -f[at.weights + b] * likelihood;
      if (p.gradient === 0) continue;
      for (let t = steps - 1; t >= 0; t -= 1) {
        for (let s = 0; s < states; s += 1) {
          const from = first + (T + ((t + 1) % 2)) * width + s;
          const skipping = s + 2 < states && skips(s + 2);
          const go =
            t === steps - 1
              ? s + 2 >= states
                ? 0
                : never
              : logSum(f[from], s + 1 < states ? f[from + 1] : never, skipping ? f[from + 2] : never);
          f[first + (T + (t % 2)) * width + s] = go + logProbability(t, s);
          f[rowOf(t) + s] = Math.exp(f[rowOf(t) + s] + go - likelihood);
        }
      }
    }
  },
  flops: ({ T, B, S, gradient }) => T * B * (2 * S + 1) * 12 * (1 + gradient),
});
