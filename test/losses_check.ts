// Every loss and its options, each beside the same by its definition in plain loops: over the steps that
// there are, with nothing that is read of the others.

import { expect } from "vitest";
import {
  type Backend,
  binaryCrossEntropy,
  crossEntropy,
  ctc,
  huber,
  type Loss,
  linear,
  sgd,
  squaredError,
  type Tensor,
} from "../src/index.js";
import { Random } from "../src/random.js";
import type { AnyBackend } from "./goldens_check.js";
import { within } from "./goldens_ctc_check.js";

export const [B, T, V] = [3, 4, 3];

function lengthsOf(data: readonly number[]): Tensor<Int32Array> {
  return { shape: [B], data: Int32Array.from(data) };
}

/** Which steps there are. */
export const which = {
  all: {},
  lengths: { lengths: lengthsOf([3, 4, 1]) },
  mask: { mask: { shape: [B, T], data: Int32Array.of(1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1) } },
} as const;

/** The outputs of the steps that there are, by sequence: [B][steps][V]. */
type Outputs = readonly (readonly (readonly number[])[])[];
type Target = Readonly<Record<string, Tensor<Float64Array> | Tensor<Int32Array>>>;

export interface LossCase {
  readonly name: string;
  readonly loss: Loss;
  readonly target: Target;
  /** By definition; `at`: which step of the whole each is, as [B][steps]. */
  readonly value: (y: Outputs, at: readonly (readonly number[])[]) => number;
}

const random = new Random(6);
const floats = (draw: () => number): Tensor<Float64Array> => ({
  shape: [B, T, V],
  data: Float64Array.from({ length: B * T * V }, draw),
});
const numbers = floats(() => random.normal());
const shares = floats(() => random.uniform());
const ids: Tensor<Int32Array> = { shape: [B, T], data: Int32Array.of(0, 2, 1, 1, 2, 2, 0, 1, 0, 0, 2, 1) };

/** Of a loss number by number. */
function elementwise(
  target: Tensor<Float64Array>,
  reduction: "mean" | "sum",
  f: (y: number, target: number) => number,
): LossCase["value"] {
  return (y, at) => {
    const all = y.flatMap((steps, b) =>
      steps.flatMap((row, t) => row.map((v, n) => f(v, target.data[(b * T + at[b][t]) * V + n]))),
    );
    return all.reduce((sum, x) => sum + x, 0) / (reduction === "mean" ? all.length : 1);
  };
}

const squared = (y: number, target: number): number => (y - target) ** 2;
const huberOf = (delta: number) => (y: number, target: number) => {
  const size = Math.abs(y - target);
  return size > delta ? delta * (size - delta / 2) : size ** 2 / 2;
};
const logistic = (y: number, target: number): number =>
  -target * Math.log(1 / (1 + Math.exp(-y))) - (1 - target) * Math.log(1 / (1 + Math.exp(y)));

interface CrossEntropy {
  readonly ignoreIndex?: number;
  readonly weight?: readonly number[];
  readonly labelSmoothing?: number;
  readonly reduction?: "mean" | "sum";
}

/** As PyTorch documents it: of class probabilities as targets, weighed by class. */
function crossEntropyOf(o: CrossEntropy): LossCase["value"] {
  const { ignoreIndex = -100, weight = Array(V).fill(1), labelSmoothing = 0, reduction = "mean" } = o;
  return (y, at) => {
    let [sum, weights] = [0, 0];
    y.forEach((steps, b) => {
      steps.forEach((row, t) => {
        const id = ids.data[b * T + at[b][t]];
        if (id === ignoreIndex) return;
        const total = row.reduce((partial, x) => partial + Math.exp(x), 0);
        row.forEach((x, v) => {
          const share = (v === id ? 1 - labelSmoothing : 0) + labelSmoothing / V;
          sum -= weight[v] * share * Math.log(Math.exp(x) / total);
        });
        weights += weight[id];
      });
    });
    return sum / (reduction === "mean" ? weights : 1);
  };
}

const labels: Tensor<Int32Array> = { shape: [B, 2], data: Int32Array.of(2, 2, 0, -7, 0, 2) };
const counts = [2, 1, 0];
const blank = 1;

/** What a path says: repetitions once, blanks not at all. */
function said(path: readonly number[]): string {
  return path.filter((v, t) => v !== blank && v !== path[t - 1]).join();
}

/** All sequences of V classes. */
function paths(steps: number): number[][] {
  if (steps === 0) return [[]];
  return paths(steps - 1).flatMap((path) => Array.from({ length: V }, (_, v) => [...path, v]));
}

/** The sum over all paths, one by one. */
function ctcOf(reduction: "mean" | "sum"): LossCase["value"] {
  return (y) => {
    const losses = y.map((steps, b) => {
      const logs = steps.map((row) => {
        const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
        return row.map((x) => x - Math.log(total));
      });
      const wanted = labels.data.subarray(2 * b, 2 * b + counts[b]).join();
      const likelihood = paths(steps.length)
        .filter((path) => said(path) === wanted)
        .reduce((sum, path) => sum + Math.exp(path.reduce((log, v, t) => log + logs[t][v], 0)), 0);
      return -Math.log(likelihood) / (reduction === "mean" ? Math.max(1, counts[b]) : 1);
    });
    return losses.reduce((sum, x) => sum + x, 0) / (reduction === "mean" ? B : 1);
  };
}

const weight = [0.5, 2, 1.25];
const both = ["mean", "sum"] as const;
const entropies: readonly CrossEntropy[] = [
  {},
  { reduction: "sum" },
  { ignoreIndex: 2 },
  { weight },
  { weight: [1, 0, 3] },
  { labelSmoothing: 0.3 },
  { labelSmoothing: 1 },
  { ignoreIndex: 1, weight, labelSmoothing: 0.2 },
  { ignoreIndex: 0, weight, labelSmoothing: 0.2, reduction: "sum" },
];

export const lossCases: readonly LossCase[] = [
  ...both.flatMap((reduction): LossCase[] => [
    {
      name: `squared error, ${reduction}`,
      loss: squaredError({ reduction }),
      target: { target: numbers },
      value: elementwise(numbers, reduction, squared),
    },
    ...[0.4, 1, 3].map((delta) => ({
      name: `huber, delta ${delta}, ${reduction}`,
      loss: huber({ delta, reduction }),
      target: { target: numbers },
      value: elementwise(numbers, reduction, huberOf(delta)),
    })),
    {
      name: `binary cross entropy, ${reduction}`,
      loss: binaryCrossEntropy({ reduction }),
      target: { target: shares },
      value: elementwise(shares, reduction, logistic),
    },
    {
      name: `ctc, ${reduction}`,
      loss: ctc({ blank, reduction }),
      target: { target: labels, targetLengths: lengthsOf(counts) },
      value: ctcOf(reduction),
    },
  ]),
  ...entropies.map((o) => ({
    name: `cross entropy ${JSON.stringify(o)}`,
    loss: crossEntropy({ ...o, ...(o.weight && { weight: Float32Array.from(o.weight) }) } as never),
    target: { target: ids },
    value: crossEntropyOf(o),
  })),
];

/** [B, T, …] as [T, B, …]. */
function timeMajor<A extends Float64Array | Int32Array>({ shape, data }: Tensor<A>): Tensor<A> {
  const N = data.length / (B * T);
  const swapped = data.map((_, at) => {
    const [t, b, n] = [Math.floor(at / (B * N)), Math.floor(at / N) % B, at % N];
    return data[(b * T + t) * N + n];
  });
  return { shape: [T, B, ...shape.slice(2)], data: swapped as A }; // map gives what it is called on
}

/** Whether step t of sequence b is there. */
function isThere(steps: keyof typeof which, b: number, t: number): boolean {
  if (steps === "all") return true;
  return steps === "lengths" ? t < which.lengths.lengths.data[b] : which.mask.mask.data[b * T + t] !== 0;
}

/** How far the loss is off, and its gradient against central differences of the definition. */
export async function checkLoss(
  backend: AnyBackend,
  { loss, target, value }: LossCase,
  steps: keyof typeof which,
  batchFirst: boolean,
): Promise<{ readonly forward: number; readonly backward: number }> {
  const x = floats(() => Number.NaN); // what is not there is not read
  const drawn = new Random(2);
  const at = Array.from({ length: B }, (_, b) =>
    Array.from({ length: T }, (_, t) => t).filter((t) => isThere(steps, b, t)),
  );
  for (const [b, those] of at.entries()) {
    for (const t of those) for (let v = 0; v < V; v += 1) x.data[(b * T + t) * V + v] = drawn.normal();
  }
  const placed = <A extends Float64Array | Int32Array>(tensor: Tensor<A>): Tensor<A> =>
    batchFirst || tensor.shape[1] !== T ? tensor : timeMajor(tensor);
  const inputs = Object.entries({ x, ...which[steps], ...target }).map(([name, tensor]) => [
    name,
    placed(tensor as Tensor<Float64Array>),
  ]);
  const got = await (backend as Backend).gradients(within(V), {
    weights: {},
    inputs: Object.fromEntries(inputs),
    loss,
    batchFirst,
  });
  const valueNow = (): number =>
    value(
      at.map((those, b) =>
        those.map((t) => Array.from(x.data.subarray((b * T + t) * V, (b * T + t + 1) * V))),
      ),
      at,
    );
  let backward = 0;
  const gradient = placedBack(got.inputs.x.data, batchFirst);
  const h = 1e-5;
  for (const [k, middle] of x.data.entries()) {
    if (Number.isNaN(middle)) continue;
    x.data[k] = middle + h;
    const above = valueNow();
    x.data[k] = middle - h;
    const slope = (above - valueNow()) / (2 * h);
    x.data[k] = middle;
    backward = Math.max(backward, Math.abs(slope - gradient[k]));
  }
  return { forward: Math.abs(got.loss - valueNow()) / Math.max(1, Math.abs(valueNow())), backward };
}

/** [T, B, V] as [B, T, V]. */
function placedBack(data: ArrayLike<number>, batchFirst: boolean): ArrayLike<number> {
  if (batchFirst) return data;
  return Float64Array.from({ length: B * T * V }, (_, at) => {
    const [b, t, v] = [Math.floor(at / (T * V)), Math.floor(at / V) % T, at % V];
    return data[(t * B + b) * V + v];
  });
}

/** Trains on labels that need more steps than there are. */
export async function checkInfinite(backend: AnyBackend): Promise<void> {
  const net = linear(2, V);
  const weights = net.initialWeights({ seed: 1 });
  const sizes = { batchSize: 1, sequenceLength: 3 };
  const trainer = await (backend as Backend).trainer(net, {
    ...sizes,
    loss: ctc(),
    optimizer: sgd({ lr: 0.1 }),
    weights,
  });
  const x = Float32Array.from({ length: 6 }, (_, k) => Math.sin(k));
  const batch = (labelled: readonly number[]) => ({ x, target: labelled, targetLengths: [labelled.length] });
  await trainer.step(batch([1, 1, 2])); // a blank between the first two makes four
  const { losses, skipped } = await trainer.metrics();
  expect([...losses]).toEqual([Number.POSITIVE_INFINITY]);
  expect(skipped).toBe(1);
  expect((await trainer.weights()).get("weight")?.data).toEqual(weights.get("weight")?.data);
  expect(await trainer.evaluate(batch([1, 1, 2]))).toBe(Number.POSITIVE_INFINITY);
  await trainer.step(batch([1, 2]));
  const next = await trainer.metrics();
  expect(next.losses[0]).toBeGreaterThan(0);
  expect(next.losses[0]).toBeLessThan(10);
  expect(next.skipped).toBe(0);
  trainer.dispose();
}
