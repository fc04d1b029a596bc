// Every optimizer and what a trainer does with its gradients, against small runs of PyTorch in float64
// (fixtures/optimizers), on any backend.

import {
  adagrad,
  adam,
  adamw,
  gru,
  linear,
  lstm,
  type Model,
  type Optimizer,
  rmsprop,
  rnn,
  sequential,
  sgd,
  squaredError,
  stepDecay,
} from "../src/index.js";
import { calls, deviation } from "./agree_check.js";
import fixture from "./fixtures/optimizers/optimizers.json" with { type: "json" };
import type { AnyBackend } from "./goldens_check.js";

type Args = { readonly [name: string]: number | boolean | readonly number[] };

interface OptimizerCase {
  readonly name: string;
  readonly optimizer: string;
  /** As PyTorch names them. */
  readonly args: Args;
  /** Options of a trainer, as webrnn names them; schedule: of the rate. */
  readonly more: { readonly schedule?: string; readonly accumulate?: number };
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

// The file is ours: the compiler sees a case of each kind in it.
export const optimizerCases = fixture.cases as readonly unknown[] as readonly OptimizerCase[];

const net = sequential({ a: linear(3, 4, { activation: "tanh" }), b: linear(4, 2) });

const words: Readonly<Record<string, string>> = {
  weight_decay: "weightDecay",
  lr_decay: "lrDecay",
  initial_accumulator_value: "initialAccumulator",
};

function optimizerOf({ optimizer, args, more }: OptimizerCase): Optimizer {
  const named = Object.fromEntries(Object.entries(args).map(([name, value]) => [words[name] ?? name, value]));
  const lr = more.schedule ? { lr: stepDecay({ from: Number(args.lr), every: 2, factor: 0.5 }) } : {};
  const makers: Record<string, (o: never) => Optimizer> = {
    SGD: sgd,
    Adam: adam,
    AdamW: adamw,
    RMSprop: rmsprop,
    Adagrad: adagrad,
  };
  return makers[optimizer]({ ...named, ...lr } as never); // the fixture's options are those of its optimizer
}

function tensorsOf(values: OptimizerCase["weights"]) {
  return Object.entries(values).map(([name, data]) => {
    return [name, { shape: net.shapes.get(name) ?? [], data: Float64Array.from(data) }] as const;
  });
}

interface BoundedCase {
  readonly name: string;
  readonly cell: string;
  readonly more: object;
  readonly x: readonly number[];
  readonly target: readonly number[];
  readonly initial: Readonly<Record<string, readonly number[]>>;
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/** One update by gradients that are clipped or cut between steps. */
export const boundedCases = fixture.bounded as readonly unknown[] as readonly BoundedCase[];

/** The worst deviation of a weight, in units of the largest that one moves. */
export async function checkBounded(backend: AnyBackend, one: BoundedCase): Promise<number> {
  const makers: Record<string, () => Model> = {
    RNNCell: () => rnn(3, 4),
    LSTMCell: () => lstm(3, 4),
    GRUCell: () => gru(3, 4),
  };
  const layer = makers[one.cell]();
  const tensors = Object.entries(one.initial).map(([name, data]) => {
    return [name, { shape: layer.shapes.get(name) ?? [], data: Float64Array.from(data) }] as const;
  });
  const trainer = await calls(backend).trainer(layer, {
    batchSize: 2,
    sequenceLength: 6,
    loss: squaredError({ reduction: "sum" }),
    optimizer: sgd({ lr: 0.1 }),
    weights: new Map(tensors),
    ...one.more,
  });
  await trainer.step({ x: Float64Array.from(one.x), target: Float64Array.from(one.target) });
  const got = await trainer.weights();
  trainer.dispose();
  const off = Object.entries(one.weights).map(([name, data]) => deviation(got.get(name)?.data ?? [], data));
  return Math.max(...off);
}

/** The worst deviations of losses and norms, and of the weights at the end. */
export async function checkOptimizer(
  backend: AnyBackend,
  one: OptimizerCase,
): Promise<{ metrics: number; weights: number }> {
  const { schedule: _, ...options } = one.more;
  const trainer = await calls(backend).trainer(net, {
    ...fixture.sizes,
    loss: squaredError(),
    optimizer: optimizerOf(one),
    weights: new Map(tensorsOf(fixture.initial)),
    ...options,
  });
  const count = one.losses.length * (one.more.accumulate ?? 1);
  for (const { x, target } of fixture.batches.slice(0, count)) {
    await trainer.step({ x: Float64Array.from(x), target: Float64Array.from(target) });
  }
  const { losses, gradNorms } = await trainer.metrics();
  const got = await trainer.weights();
  trainer.dispose();
  const off = tensorsOf(one.weights).map(([name, { data }]) => deviation(got.get(name)?.data ?? [], data));
  const metrics = Math.max(deviation(losses, one.losses), deviation(gradNorms, one.norms));
  return { metrics, weights: Math.max(...off) };
}
