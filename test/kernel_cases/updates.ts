// Cases of what updates weights: clipping, and the optimizers.

import { adagrad, adam, adamw, type Optimizer, rmsprop, sgd } from "../../src/index.js";
import { clip } from "../../src/kernels/clip.js";
import { updateKernel } from "../../src/kernels/update.js";
import { type Case, type Floats, kernelCase, normals } from "./case.js";

/** What bounds gradients where nothing does. */
const largest = 2 ** 126;

interface Clipping {
  readonly clip: number;
  readonly update: number;
  readonly layers?: number;
  /** What each of several batches counts. */
  readonly share?: number;
  /** The last sum of squares. */
  readonly worst?: number;
  readonly byValue?: 0 | 1;
  /** By what gradients are too large; updates after which that doubles, and how many there have been. */
  readonly scale?: number;
  readonly interval?: number;
  readonly finite?: number;
}

function clipping(parts: number, given: Clipping): Case {
  const { worst, byValue = 0, layers = 1, share = 1, clip: most, update } = given;
  const { scale = 1, interval = 0, finite = 0 } = given;
  const partial = normals(layers * parts).map((x) => (scale * x) ** 2);
  if (worst !== undefined) partial[layers * parts - 1] = worst;
  const capacity = 4;
  const metrics = normals(2 * capacity + 3 + 1, 3);
  metrics[2 * capacity + 2] = finite;
  return kernelCase(
    clip,
    `${parts} ${JSON.stringify({ ...given, worst: String(worst) })}`,
    {
      partial,
      loss: Float32Array.of(1.5),
      control: normals(2 + layers + 1, 2),
      metrics,
    },
    { parts, layers, capacity, by_value: byValue, share, interval },
    ({ partial, control, metrics }) => {
      const sumOf = (floats: Floats): number => floats.reduce((a, b) => a + b, 0);
      const norm = (share / scale) * Math.sqrt(sumOf(partial));
      control[0] = Number.isFinite(norm) ? 1 : 0;
      control[1] = most > 0 && byValue === 1 ? most : largest;
      for (let l = 0; l < layers; l += 1) {
        const ofLayer = (share / scale) * Math.sqrt(sumOf(partial.slice(l * parts, (l + 1) * parts)));
        control[2 + l] =
          (share / scale) * (most > 0 && byValue === 0 ? Math.min(1, most / (ofLayer + 1e-6)) : 1);
      }
      metrics[2 * (update % capacity)] = share * 1.5;
      metrics[2 * (update % capacity) + 1] = norm;
      if (!Number.isFinite(norm)) metrics[2 * capacity] += 1;
      if (interval === 0) return;
      const [nextScale, since] = [2 * capacity + 1, 2 * capacity + 2];
      metrics[nextScale] = scale;
      metrics[since] += 1;
      if (!Number.isFinite(norm)) {
        metrics[nextScale] = Math.max(1, scale / 2);
        metrics[since] = 0;
      } else if (metrics[since] === interval) {
        metrics[nextScale] = Math.min(2 ** 120, 2 * scale);
        metrics[since] = 0;
      }
    },
    { clip: most, update, scale },
  );
}

/** What one weight is told: its gradient (clipped), itself, its rates, and the updates before this one. */
interface Now {
  readonly g: number;
  readonly w: number;
  readonly lr: number;
  readonly decay: number;
  readonly update: number;
}

/** An optimizer by its definition, weight by weight: changes the moments, gives the weight. */
interface Definition {
  readonly optimizer: (weightDecay: number) => Optimizer;
  readonly next: (now: Now, moments: number[]) => number;
}

const [beta1, beta2, alpha, mu] = [0.9, 0.999, 0.95, 0.8];

const descent: Definition = {
  optimizer: (weightDecay) => sgd({ lr: 1, weightDecay }),
  next: ({ g, w, lr, decay }) => w - lr * (g + decay * w),
};

const withMomentum = (nesterov: boolean): Definition => ({
  optimizer: (weightDecay) => sgd({ lr: 1, momentum: mu, nesterov, weightDecay }),
  next: ({ g, w, lr, decay }, moments) => {
    const d = g + decay * w;
    moments[0] = mu * moments[0] + d;
    return w - lr * (nesterov ? d + mu * moments[0] : moments[0]);
  },
});

const adaptive = (decoupled: boolean, amsgrad: boolean): Definition => ({
  optimizer: (weightDecay) => (decoupled ? adamw : adam)({ betas: [beta1, beta2], weightDecay, amsgrad }),
  next: ({ g, w, lr, decay, update }, moments) => {
    const d = decoupled ? g : g + decay * w;
    moments[0] = beta1 * moments[0] + (1 - beta1) * d;
    moments[1] = beta2 * moments[1] + (1 - beta2) * d * d;
    if (amsgrad) moments[2] = Math.max(moments[2], moments[1]);
    const m = moments[0] / (1 - beta1 ** (update + 1));
    const v = moments[amsgrad ? 2 : 1] / (1 - beta2 ** (update + 1));
    return w * (decoupled ? 1 - lr * decay : 1) - (lr * m) / (Math.sqrt(v) + 1e-8);
  },
});

const rooted = (centered: boolean, momentum: number): Definition => ({
  optimizer: (weightDecay) => rmsprop({ alpha, centered, momentum, weightDecay }),
  next: ({ g, w, lr, decay }, moments) => {
    const d = g + decay * w;
    moments[0] = alpha * moments[0] + (1 - alpha) * d * d;
    if (centered) moments[1] = alpha * moments[1] + (1 - alpha) * d;
    const step = d / (Math.sqrt(moments[0] - (centered ? moments[1] ** 2 : 0)) + 1e-8);
    if (momentum === 0) return w - lr * step;
    const last = centered ? 2 : 1;
    moments[last] = momentum * moments[last] + step;
    return w - lr * moments[last];
  },
});

const summed: Definition = {
  optimizer: (weightDecay) => adagrad({ lrDecay: 0.1, initialAccumulator: 0.5, weightDecay }),
  next: ({ g, w, lr, decay, update }, moments) => {
    const d = g + decay * w;
    moments[0] += d * d;
    return w - ((lr / (1 + 0.1 * update)) * d) / (Math.sqrt(0.5 + moments[0]) + 1e-10);
  },
};

interface Options {
  readonly bound?: number;
  readonly weightDecay?: number;
  readonly update?: number;
  /** Whether the gradients' norm is finite. */
  readonly finite?: 0 | 1;
  /** Ranges of so many weights, with so many untrained ones before each. */
  readonly ranges?: readonly { size: number; gap: number; layer: number; group: number }[];
}

const factors = [0.25, 0.5, 0.125];
const rates = [0.02, 0.05, 0.003, 0]; // learning rate and weight decay of two groups

function updating({ optimizer, next }: Definition, n: number, options: Options = {}): Case {
  const { bound = largest, weightDecay = 0, finite = 1, update = 0, ranges } = options;
  const rule = optimizer(weightDecay)["~rule"];
  if (!rule) throw new Error("an optimizer of the library has a rule");
  const [correction1, correction2] = rule.corrections?.(update) ?? [1, 1];
  const lr = 0.02;
  const rows = (ranges ?? [{ size: n, gap: 0, layer: 0, group: 0 }]).map((range, k, all) => {
    const before = all.slice(0, k + 1);
    const end = before.reduce((sum, { size }) => sum + size, 0);
    return { ...range, end, shift: before.reduce((sum, { gap }) => sum + gap, 0) };
  });
  const all = n + rows[rows.length - 1].shift;
  const isSquare = (name: string): boolean => /^(v|largest|squares)$/.test(name);
  const moments = rule.moments.map((name, k): [string, Float32Array] => [
    name,
    normals(n + 3, 3 + k).map((x) => (isSquare(name) ? 1 + x * x : 0.1 * x)),
  ]);
  return kernelCase(
    updateKernel(rule, ranges !== undefined),
    `${n} ${JSON.stringify(options)}`,
    {
      gradients: normals(all),
      control: Float32Array.of(finite, bound, ...factors),
      weights: normals(all + 3, 2),
      ...Object.fromEntries(moments),
      ...(ranges && {
        ranges: Uint32Array.from(rows.flatMap(({ end, shift, layer, group }) => [end, shift, layer, group])),
        rates: Float32Array.from(rates),
      }),
    },
    { n, ...(ranges && { ranges: ranges.length }) },
    (given) => {
      const bound = given as Readonly<Record<string, Floats>>; // but for the ranges, which are in `rows`
      if (finite === 0) return;
      for (const { end, size, shift, layer, group } of rows) {
        for (let i = end - size; i < end; i += 1) {
          const most = bound.control[1];
          const g = Math.min(most, Math.max(-most, bound.gradients[i + shift] * factors[layer]));
          const kept = moments.map(([name]) => bound[name][i]);
          const own = ranges ? { lr: bound.rates[2 * group], decay: bound.rates[2 * group + 1] } : undefined;
          const now = { g, w: bound.weights[i + shift], lr, decay: weightDecay, update, ...own };
          bound.weights[i + shift] = next(now, kept);
          moments.forEach(([name], k) => {
            bound[name][i] = kept[k];
          });
        }
      }
    },
    { update, lr, correction1, correction2 },
  );
}

/** Sizes around a workgroup of threads and a stretch of the plain loops; frozen weights between them. */
const ranges: Options["ranges"] = [
  { size: 5, gap: 0, layer: 0, group: 0 },
  { size: 1, gap: 0, layer: 2, group: 0 },
  { size: 67, gap: 3, layer: 1, group: 1 },
  { size: 1031, gap: 0, layer: 1, group: 0 },
  { size: 13, gap: 70, layer: 2, group: 1 },
];
const inRanges = ranges.reduce((sum, { size }) => sum + size, 0);

const definitions: readonly Definition[] = [
  descent,
  withMomentum(false),
  withMomentum(true),
  adaptive(false, false),
  adaptive(false, true),
  adaptive(true, false),
  adaptive(true, true),
  rooted(false, 0),
  rooted(true, 0),
  rooted(false, mu),
  rooted(true, mu),
  summed,
];

export const updateCases: readonly Case[] = [
  clipping(1, { clip: 0.5, update: 0 }),
  clipping(257, { clip: 5, update: 5 }),
  clipping(7, { clip: 1000, update: 3 }),
  clipping(7, { clip: 0, update: 6 }),
  clipping(7, { clip: 0.5, byValue: 1, update: 6 }),
  clipping(31, { clip: 0.5, update: 2, worst: Number.POSITIVE_INFINITY }),
  clipping(31, { clip: 0, update: 2, worst: Number.NaN }),
  clipping(13, { clip: 3, update: 2, layers: 5 }),
  clipping(13, { clip: 1, update: 2, layers: 3, share: 0.25 }),
  clipping(13, { clip: 3, update: 2, layers: 2, worst: Number.POSITIVE_INFINITY }),
  clipping(13, { clip: 0, update: 2, share: 0.5 }),
  clipping(13, { clip: 0.3, byValue: 1, update: 2, share: 0.5 }),
  // the run's scale stays: of two runs the second counts on from the first
  clipping(13, { clip: 1, update: 2, layers: 3, share: 0.25, scale: 64, interval: 5, finite: 1 }),
  clipping(13, { clip: 3, update: 2, scale: 64, interval: 5, finite: 4 }),
  clipping(13, { clip: 0.3, byValue: 1, update: 2, scale: 2 ** 60, interval: 5, finite: 3 }),
  clipping(13, { clip: 3, update: 2, scale: 64, interval: 5, finite: 4, worst: Number.POSITIVE_INFINITY }),
  clipping(13, { clip: 0, update: 2, scale: 1, interval: 5, worst: Number.NaN }),
  clipping(1, { clip: 0, update: 2, scale: 2 ** 120, interval: 1, worst: 0 }),
  ...definitions.flatMap((definition) => [
    updating(definition, 1),
    updating(definition, 67, { weightDecay: 0.1, update: 3 }),
    updating(definition, 1031, { bound: 0.125, weightDecay: 0.1, update: 10 }),
    updating(definition, 13, { finite: 0, weightDecay: 0.1 }),
    updating(definition, inRanges, { ranges, update: 2 }),
  ]),
];
