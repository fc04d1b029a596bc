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
 * …, blank. targets is [B, 2 + S]: steps, n, the labels. normalizers [T, B] are log sum exp of each row of logits. With `gradient`, paths [B, T + 2, 2S + 1] holds the
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
      const given = at.targets * ops.words + b * (2 + S);
      const steps = integers[given];
      const states = 2 * integers[given + 1] + 1;
      const first = at.paths + b * (p.gradient === 1 ? T + 2 : 2) * width;
      const rowOf = (t: number): number => first + (p.gradient === 1 ? t : t % 2) * width;
      const labelOf = (s: number): number => (s % 2 === 0 ? p.blank : integers[given + 2 + (s - 1) / 2]);
      const logProbability = (t: number, s: number): number =>
        f[at.logits + p.in_0 + t * p.in_m1 + b * p.in_m + labelOf(s)] - f[at.normalizers + t * B + b];
      const isThere = (s: number): boolean => s >= 0 && s < states;
      // Of the paths of a row that one step leads to s: from s, from its neighbour on a side (1 or -1), and from
      // the one after that where the two are different labels, past the blank between them.
      const ledTo = (s: number, side: number, row: number): number => {
        const [near, far] = [s + side, s + 2 * side];
        const jumps = isThere(far) && labelOf(s) !== labelOf(far);
        return logSum(f[row + s], isThere(near) ? f[row + near] : never, jumps ? f[row + far] : never);
      };

      for (let t = 0; t < steps; t += 1) {
        for (let s = 0; s < states; s += 1) {
          const begins = s < 2 ? 0 : never;
          const come = t === 0 ? begins : ledTo(s, -1, rowOf(t - 1));
          f[rowOf(t) + s] = come + logProbability(t, s);
        }
      }
      const none = states === 1 ? 0 : never;
      const likelihood = steps === 0 ? none : ledTo(states - 1, -1, rowOf(steps - 1));
      f[at.losses + b] = -f[at.weights + b] * likelihood;
      for (let t = p.gradient === 1 ? steps - 1 : -1; t >= 0; t -= 1) {
        for (let s = 0; s < states; s += 1) {
          const ends = s + 2 >= states ? 0 : never;
          const go = t === steps - 1 ? ends : ledTo(s, 1, first + (T + ((t + 1) % 2)) * width);
          f[first + (T + (t % 2)) * width + s] = go + logProbability(t, s);
          f[rowOf(t) + s] = Math.exp(f[rowOf(t) + s] + go - likelihood);
        }
      }
    }
  },
  flops: ({ T, B, S, gradient }) => T * B * (2 * S + 1) * 12 * (1 + gradient),
});
