// Cases of the losses.

import { abs, exp, log, relu, select } from "../../src/cells/functions.js";
import { elementwiseLoss } from "../../src/kernels/elementwise_loss.js";
import {
  ignored,
  noTarget,
  softmaxCrossEntropy,
  softmaxCrossEntropyAlone,
} from "../../src/kernels/softmax_cross_entropy.js";
import { type Case, type Floats, integersBelow, kernelCase, normals, row } from "./case.js";

interface CrossEntropyOptions {
  readonly gradient?: 0 | 1;
  readonly smooth?: 0 | 1;
  /** Multiplies the logits. */
  readonly size?: number;
  /** Ignores every so many-th target; the row holds no numbers. */
  readonly ignore?: number;
  /** No row has a target. */
  readonly none?: boolean;
  /** Whether an invocation has a row, and not a workgroup. */
  readonly alone?: boolean;
  /** Multiplies the gradient. */
  readonly scale?: number;
}

/** Logits lie batch-first with room between rows. */
function crossEntropy(T: number, B: number, V: number, options: CrossEntropyOptions = {}): Case {
  const { gradient = 1, smooth = 0, size = 1, ignore = 1e9, none = false, alone = false } = options;
  const { scale = 1 } = options;
  const M = T * B;
  const p = { M, V, r: B, in_0: 2, in_m1: V + 1, in_m: T * (V + 1), smooths: smooth, gradient };
  const counts = (m: number): boolean => m % ignore !== ignore - 1;
  const targets = integersBelow(V, M + 1).map((id, m) => (counts(m) ? (none ? noTarget : id) : ignored));
  const logits = normals(M * (V + 1) + 4).map((x) => x * size);
  const first = (m: number): number => 2 + row(m, B, p.in_m1, p.in_m);
  for (let m = 0; m < M; m += 1) if (!counts(m)) logits.fill(Number.NaN, first(m), first(m) + V);
  const smoothing = normals(V + 1, 4).map((x) => x ** 2 / V);
  smoothing[V] = smoothing.subarray(0, V).reduce((sum, s) => sum + s, 0);
  return kernelCase(
    alone ? softmaxCrossEntropyAlone : softmaxCrossEntropy,
    `${T}x${B}x${V} ${JSON.stringify(options)}`,
    {
      logits,
      targets,
      weights: normals(M, 5).map((w) => w ** 2 / 4),
      smoothing,
      dlogits: normals(M * V + 3, 2),
      losses: normals(M + 3, 3),
    },
    p,
    (bound) => {
      for (let m = 0; m < M; m += 1) {
        const x = bound.logits.subarray(first(m), first(m) + V);
        const largest = x.reduce((a, b) => Math.max(a, b));
        const sum = x.reduce((partial, logit) => partial + Math.exp(logit - largest), 0);
        const z = largest + Math.log(sum);
        const weight = bound.weights[m];
        const shares = Array.from(x, (_, v) => (smooth === 1 ? bound.smoothing[v] : 0));
        const share = smooth === 1 ? bound.smoothing[V] : 0;
        const smoothLoss = shares.reduce(
          (partial, s, v) => partial + s * (largest - x[v]),
          share * Math.log(sum),
        );
        bound.losses[m] = counts(m) ? weight * (z - (none ? 0 : x[targets[m]])) + smoothLoss : 0;
        for (let v = 0; v < V && gradient === 1; v += 1) {
          const softmax = Math.exp(x[v] - largest) / sum;
          const d = weight * (softmax - (v === targets[m] ? 1 : 0)) + share * softmax - shares[v];
          bound.dlogits[m * V + v] = counts(m) ? scale * d : 0;
        }
      }
    },
    { scale },
  );
}

/** A loss by its expression, and by itself: [value, slope]. */
interface Compared {
  readonly name: string;
  readonly f: Parameters<typeof elementwiseLoss>[1];
  readonly plain: (y: number, target: number) => readonly [number, number];
}

const squared: Compared = {
  name: "squared",
  f: (y, target) => y.sub(target).mul(y.sub(target)),
  plain: (y, target) => [(y - target) ** 2, 2 * (y - target)],
};
const steep: Compared = {
  name: "steep",
  f: (y, target) => select(y.sub(target), y.sub(target).mul(3), target.sub(y)),
  plain: (y, target) => (y > target ? [3 * (y - target), 3] : [target - y, -1]),
};
const logistic: Compared = {
  name: "logistic",
  f: (y, target) =>
    relu(y)
      .add(log(exp(abs(y).neg()).add(1)))
      .sub(y.mul(target)),
  plain: (y, target) => [Math.log(1 + Math.exp(y)) - y * target, 1 / (1 + Math.exp(-y)) - target],
};
/** Its slope is a constant. */
const difference: Compared = {
  name: "difference",
  f: (y, target) => y.sub(target),
  plain: (y, target) => [y - target, 1],
};

/** Predictions lie time-major, targets batch-first; every so many-th row does not count and holds no numbers. */
function compared(
  what: Compared,
  T: number,
  B: number,
  N: number,
  gradient: 0 | 1,
  without = 1e9,
  scale = 1,
): Case {
  const M = T * B;
  const p = { M, N, r: B, in_0: 3, in_m1: B * N, in_m: N, target_m1: N, target_m: T * N, gradient };
  const counts = (m: number): boolean => m % without !== without - 1;
  const prediction = normals(M * N + 5);
  const targets = normals(M * N + 1, 2);
  const at = (m: number): number => row(m, B, p.target_m1, p.target_m);
  for (let m = 0; m < M; m += 1) {
    if (counts(m)) continue;
    prediction.fill(Number.NaN, 3 + m * N, 3 + m * N + N);
    targets.fill(Number.POSITIVE_INFINITY, at(m), at(m) + N);
  }
  return kernelCase(
    elementwiseLoss(what.name, what.f),
    `${T}x${B}x${N}${gradient === 1 ? "" : ", no gradient"}${without < M ? ", some rows do not count" : ""}, scale ${scale}`,
    {
      prediction,
      targets,
      weights: Float32Array.from({ length: M }, (_, m) => (counts(m) ? 0.25 + m / M : 0)),
      dprediction: normals(M * N + 3, 3),
      losses: normals(M + 3, 4),
    },
    p,
    (bound: Readonly<Record<"prediction" | "targets" | "weights" | "dprediction" | "losses", Floats>>) => {
      for (let m = 0; m < M; m += 1) {
        bound.losses[m] = 0;
        for (let n = 0; n < N; n += 1) {
          const both = what.plain(bound.prediction[3 + m * N + n], bound.targets[at(m) + n]);
          const [value, slope] = counts(m) ? both.map((x) => bound.weights[m] * x) : [0, 0];
          bound.losses[m] += value;
          if (gradient === 1) bound.dprediction[m * N + n] = scale * slope;
        }
      }
    },
    { scale },
  );
}

export const lossCases: readonly Case[] = [
  ...[false, true].flatMap((alone) => [
    crossEntropy(1, 1, 1, { alone }),
    crossEntropy(3, 5, 2, { alone }),
    crossEntropy(2, 3, 65, { alone, ignore: 3 }),
    crossEntropy(5, 1, 131, { alone, gradient: 0, ignore: 2 }),
    crossEntropy(1, 7, 64, { alone, ignore: 1 }),
    crossEntropy(3, 3, 7, { alone, size: 1e4 }),
    crossEntropy(2, 5, 67, { alone, size: 1e30 }),
    crossEntropy(3, 2, 1, { alone, smooth: 1 }),
    crossEntropy(3, 5, 67, { alone, smooth: 1, ignore: 4 }),
    crossEntropy(2, 3, 131, { alone, smooth: 1, gradient: 0 }),
    crossEntropy(2, 3, 5, { alone, smooth: 1, size: 1e4 }),
    crossEntropy(3, 3, 65, { alone, none: true, ignore: 4 }),
    crossEntropy(3, 3, 65, { alone, ignore: 4, scale: 8 }),
    crossEntropy(3, 5, 67, { alone, smooth: 1, ignore: 4, scale: 1024 }),
    crossEntropy(3, 3, 2, { alone, gradient: 0, scale: 8 }),
    crossEntropy(3, 3, 2, { alone, none: true, gradient: 0 }),
  ]),
  compared(squared, 1, 1, 1, 1),
  compared(squared, 5, 13, 1, 1, 3),
  compared(squared, 3, 5, 7, 1),
  compared(squared, 13, 7, 3, 0, 2),
  compared(steep, 3, 5, 7, 1, 4),
  compared(logistic, 3, 23, 5, 1),
  compared(logistic, 3, 7, 5, 1, 4, 1024),
  compared(squared, 3, 7, 5, 0, 4, 1024),
  compared(difference, 2, 3, 9, 1, 2),
];
