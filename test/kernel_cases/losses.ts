// Cases of the losses.

import { ignored, softmaxCrossEntropy } from "../../src/kernels/softmax_cross_entropy.js";
import { squaredError } from "../../src/kernels/squared_error.js";
import { type Case, integersBelow, kernelCase, normals, row } from "./case.js";

const scale = 0.25;

interface CrossEntropyOptions {
  readonly gradient?: 0 | 1;
  /** Multiplies the logits. */
  readonly size?: number;
  /** Ignores every so many-th target. */
  readonly ignore?: number;
}

/** Logits lie time-major with room between rows, targets batch-first. */
function crossEntropy(T: number, B: number, V: number, options: CrossEntropyOptions = {}): Case {
  const { gradient = 1, size = 1, ignore = 1e9 } = options;
  const M = T * B;
  const p = {
    M,
    V,
    r: B,
    in_0: 2,
    in_m1: B * (V + 1),
    in_m: V + 1,
    targets_m1: 1,
    targets_m: T,
    gradient,
  };
  const targets = integersBelow(V, M + 1).map((id, i) => (i % ignore === ignore - 1 ? ignored : id));
  return kernelCase(
    softmaxCrossEntropy,
    `${T}x${B}x${V} ${JSON.stringify(options)}`,
    {
      logits: normals(M * (V + 1) + 4).map((x) => x * size),
      targets,
      scale: Float32Array.of(scale),
      dlogits: normals(M * V + 3, 2),
      losses: normals(M + 3, 3),
    },
    p,
    ({ logits, dlogits, losses }) => {
      for (let m = 0; m < M; m += 1) {
        const first = 2 + row(m, B, p.in_m1, p.in_m);
        const x = logits.subarray(first, first + V);
        const target = targets[row(m, B, 1, T)];
        const largest = x.reduce((a, b) => Math.max(a, b));
        const sum = x.reduce((partial, logit) => partial + Math.exp(logit - largest), 0);
        const counts = target !== ignored;
        losses[m] = counts ? scale * (largest + Math.log(sum) - x[target]) : 0;
        for (let v = 0; v < V && gradient === 1; v += 1) {
          const softmax = Math.exp(x[v] - largest) / sum;
          dlogits[m * V + v] = counts ? scale * (softmax - (v === target ? 1 : 0)) : 0;
        }
      }
    },
  );
}

function squared(T: number, B: number, N: number, gradient: 0 | 1): Case {
  const M = T * B;
  const p = { M, N, r: B, in_0: 3, in_m1: B * N, in_m: N, target_m1: N, target_m: T * N, gradient };
  return kernelCase(
    squaredError,
    `${T}x${B}x${N}${gradient === 1 ? "" : ", no gradient"}`,
    {
      prediction: normals(M * N + 5),
      targets: normals(M * N + 1, 2),
      scale: Float32Array.of(scale),
      dprediction: normals(M * N + 3, 3),
      losses: normals(M + 3, 4),
    },
    p,
    ({ prediction, targets, dprediction, losses }) => {
      for (let m = 0; m < M; m += 1) {
        losses[m] = 0;
        for (let n = 0; n < N; n += 1) {
          const difference = prediction[3 + m * N + n] - targets[row(m, B, p.target_m1, p.target_m) + n];
          losses[m] += scale * difference ** 2;
          if (gradient === 1) dprediction[m * N + n] = scale * 2 * difference;
        }
      }
    },
  );
}

export const lossCases: readonly Case[] = [
  crossEntropy(1, 1, 1),
  crossEntropy(3, 5, 2),
  crossEntropy(2, 3, 65, { ignore: 3 }),
  crossEntropy(5, 1, 131, { gradient: 0, ignore: 2 }),
  crossEntropy(1, 7, 64, { ignore: 1 }),
  crossEntropy(3, 3, 7, { size: 1e4 }),
  crossEntropy(2, 5, 67, { size: 1e30 }),
  squared(1, 1, 1, 1),
  squared(5, 13, 1, 1),
  squared(3, 5, 7, 1),
  squared(13, 7, 3, 0),
];
