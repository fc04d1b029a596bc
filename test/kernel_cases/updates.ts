// Cases of what updates weights: clipping, and the optimizers.

import { adam } from "../../src/kernels/adam.js";
import { clip } from "../../src/kernels/clip.js";
import { type Run, still } from "../../src/kernels/kernel.js";
import { sgd } from "../../src/kernels/sgd.js";
import { type Case, type Floats, kernelCase, normals } from "./case.js";

/** What bounds gradients where nothing does. */
const largest = 2 ** 126;

function clipping(
  parts: number,
  given: { worst?: number; byValue?: 0 | 1; clip: number; update: number },
): Case {
  const { worst, byValue = 0, ...run } = given;
  const partial = normals(parts).map((x) => x * x);
  if (worst !== undefined) partial[parts - 1] = worst;
  const capacity = 4;
  return kernelCase(
    clip,
    `${parts} ${JSON.stringify({ ...given, worst: String(worst) })}`,
    {
      partial,
      loss: Float32Array.of(1.5),
      control: normals(3 + 1, 2),
      metrics: normals(2 * capacity + 1 + 1, 3),
    },
    { parts, capacity, by_value: byValue },
    ({ partial, control, metrics }) => {
      const norm = Math.sqrt(partial.reduce((a, b) => a + b, 0));
      const byNorm = run.clip > 0 && byValue === 0;
      control[0] = byNorm ? Math.min(1, run.clip / (norm + 1e-6)) : 1;
      control[1] = Number.isFinite(norm) ? 1 : 0;
      control[2] = run.clip > 0 && byValue === 1 ? run.clip : largest;
      metrics[2 * (run.update % capacity)] = 1.5;
      metrics[2 * (run.update % capacity) + 1] = norm;
      if (!Number.isFinite(norm)) metrics[2 * capacity] += 1;
    },
    run,
  );
}

/** The gradient of weight i as PyTorch's optimizers get it. */
function gradient(g: number, [factor, , bound]: Floats): number {
  return Math.min(bound, Math.max(-bound, g * factor));
}

interface Update {
  readonly bound?: number;
  readonly weightDecay?: number;
  /** Whether the gradients' norm is finite. */
  readonly finite?: 0 | 1;
}

function run(update: number): Run {
  const correction1 = 1 - 0.9 ** (update + 1);
  const correction2 = 1 - 0.999 ** (update + 1);
  return { ...still, update, lr: 0.02, correction1, correction2, clip: 0.5 };
}

function descent(n: number, momentum: number, nesterov: 0 | 1, options: Update = {}): Case {
  const { bound = largest, weightDecay = 0, finite = 1 } = options;
  const { lr } = run(0);
  return kernelCase(
    sgd,
    `${n}, momentum ${momentum}${nesterov === 1 ? " of Nesterov" : ""} ${JSON.stringify(options)}`,
    {
      gradients: normals(n),
      control: Float32Array.of(0.25, finite, bound),
      weights: normals(n + 3, 2),
      momentum: momentum === 0 ? normals(1, 3) : normals(n + 3, 3),
    },
    { n, nesterov, momentum, weight_decay: weightDecay },
    ({ gradients, control, weights, momentum: moved }) => {
      for (let i = 0; i < n && finite === 1; i += 1) {
        let g = gradient(gradients[i], control) + weightDecay * weights[i];
        if (momentum !== 0) {
          moved[i] = momentum * moved[i] + g;
          g = nesterov === 1 ? g + momentum * moved[i] : moved[i];
        }
        weights[i] -= lr * g;
      }
    },
    run(0),
  );
}

function adaptive(decoupled: 0 | 1, n: number, update: number, options: Update = {}): Case {
  const { bound = largest, weightDecay = 0, finite = 1 } = options;
  const { lr, correction1, correction2 } = run(update);
  return kernelCase(
    adam,
    `${decoupled === 1 ? "decoupled, " : ""}${n}, update ${update} ${JSON.stringify(options)}`,
    {
      gradients: normals(n),
      control: Float32Array.of(0.25, finite, bound),
      weights: normals(n + 3, 2),
      m: normals(n + 3, 3),
      v: normals(n + 3, 4).map((x) => x * x),
    },
    { n, decoupled, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: weightDecay },
    ({ gradients, control, weights, m, v }) => {
      for (let i = 0; i < n && finite === 1; i += 1) {
        let g = gradient(gradients[i], control);
        if (decoupled === 1) weights[i] *= 1 - lr * weightDecay;
        else g += weightDecay * weights[i];
        m[i] = 0.9 * m[i] + (1 - 0.9) * g;
        v[i] = 0.999 * v[i] + (1 - 0.999) * g * g;
        weights[i] -= (lr * (m[i] / correction1)) / (Math.sqrt(v[i] / correction2) + 1e-8);
      }
    },
    run(update),
  );
}

export const updateCases: readonly Case[] = [
  clipping(1, { clip: 0.5, update: 0 }),
  clipping(257, { clip: 5, update: 5 }),
  clipping(7, { clip: 1000, update: 3 }),
  clipping(7, { clip: 0, update: 6 }),
  clipping(7, { clip: 0.5, byValue: 1, update: 6 }),
  clipping(31, { clip: 0.5, update: 2, worst: Number.POSITIVE_INFINITY }),
  clipping(31, { clip: 0, update: 2, worst: Number.NaN }),
  descent(1, 0, 0),
  descent(67, 0, 0, { weightDecay: 0.1 }),
  descent(67, 0.9, 0, { bound: 0.125 }),
  descent(1031, 0.9, 1, { weightDecay: 0.1 }),
  descent(13, 0.9, 0, { finite: 0 }),
  ...([0, 1] as const).flatMap((decoupled) => [
    adaptive(decoupled, 1, 0),
    adaptive(decoupled, 67, 3, { weightDecay: 0.1 }),
    adaptive(decoupled, 1031, 10, { bound: 0.125, weightDecay: 0.1 }),
    adaptive(decoupled, 13, 1, { finite: 0, weightDecay: 0.1 }),
  ]),
];
