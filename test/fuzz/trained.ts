// What a trainer makes of a draw, beside one pass: gradients that are bounded between steps, batches that are
// smaller than declared, several batches an update, a state that is carried. Each is the same as something plainer.

import { sgd, squaredError, type Tensor } from "../../src/index.js";
import { calls, difference } from "../agree_check.js";
import type { Draw } from "./draws.js";
import { float64 } from "./pass.js";
import { type Problem, problemOf } from "./problem.js";

type Data = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
type Batch = Readonly<Record<string, Tensor<Data>>>;
type Named = ReadonlyMap<string, Tensor<ArrayLike<number>>>;

const bounds = { clipRecurrent: 0.3, cutEvery: 2 };

/** The draw as one of a loss that is a sum, so that batches add up. */
export function summed(draw: Draw): Draw {
  return { ...draw, unbatched: false, objective: { kind: "squaredError", reduction: "sum" } };
}

/** How far memory "small" is from "fast", over batches of several sizes. */
export async function smallFromFast(draw: Draw): Promise<number> {
  const { problem, batch } = given(draw);
  const fewer = part(batch, draw, 0, Math.max(1, draw.B - 1));
  const batches = [batch, fewer, batch];
  const more = { ...bounds, stateful: isCarried(draw) };
  const fast = await train(problem, draw, { ...more, memory: "fast" }, batches);
  const small = await train(problem, draw, { ...more, memory: "small" }, batches);
  return difference([...small], [...fast]).worst;
}

/** How far sequences, each a batch of its own that ends with it, are from all of them together. */
export async function aloneFromTogether(draw: Draw): Promise<number> {
  const { problem, batch } = given(draw);
  const together = await train(problem, draw, bounds, [batch]);
  const lengths = batch.lengths?.data;
  const each = Array.from({ length: draw.B }, (_, b) => {
    const one = part(batch, draw, b, b + 1);
    const length = lengths?.[b] || draw.T; // of no step at all there is no batch
    return inTime(one, draw, length);
  });
  const alone = await train(problem, draw, { ...bounds, accumulate: draw.B }, each);
  return difference([...alone], [...together]).worst;
}

function given(draw: Draw): { problem: Problem; batch: Batch } {
  const problem = problemOf(draw, 0);
  const { floats, integers, objective } = problem;
  if (!("target" in objective)) throw new Error("fuzz: the draw has no loss");
  const batch = { ...Object.fromEntries(floats), ...Object.fromEntries(integers), target: objective.target };
  return { problem, batch };
}

function isCarried({ given: states, learnedState }: Draw): boolean {
  return states === "none" && !learnedState;
}

type More = Partial<typeof bounds> & {
  readonly accumulate?: number;
  readonly stateful?: boolean;
  readonly memory?: "fast" | "small";
};

/** Weights, and the state if one is carried, after these batches. */
async function train(
  { net, weights }: Problem,
  { B, T, batchFirst, memory }: Draw,
  more: More,
  batches: readonly Batch[],
): Promise<Named> {
  const trainer = await calls(float64).trainer(net, {
    batchSize: B,
    sequenceLength: T,
    batchFirst,
    memory,
    weights,
    seed: 5,
    loss: squaredError({ reduction: "sum" }),
    optimizer: sgd({ lr: 0.01 * (more.accumulate ?? 1) }), // an update is of the mean of its batches
    ...more,
  });
  for (const batch of batches) await trainer.step(batch);
  const result = new Map([...(await trainer.weights()), ...(await trainer.state.read())]);
  trainer.dispose();
  return result;
}

const isState = (name: string): boolean => /^[a-z]0$/.test(name);

/** Whether a tensor has an axis of steps: a pooled output's target has none. */
function isTimed(name: string, { shape }: Tensor<Data>): boolean {
  return !isState(name) && name !== "lengths" && !(name === "target" && shape.length === 2);
}

/** Some of the sequences. */
function part(batch: Batch, { batchFirst }: Draw, from: number, to: number): Batch {
  const axisOf = (name: string, tensor: Tensor<Data>): number => {
    return isState(name) || (isTimed(name, tensor) && !batchFirst) ? 1 : 0;
  };
  const cut = Object.entries(batch).map(([name, one]) => [name, slice(one, axisOf(name, one), from, to)]);
  return Object.fromEntries(cut);
}

/** The first steps. */
function inTime(batch: Batch, { batchFirst }: Draw, T: number): Batch {
  const axis = batchFirst ? 1 : 0;
  const cut = Object.entries(batch).map(([name, one]) => [
    name,
    isTimed(name, one) ? slice(one, axis, 0, T) : one,
  ]);
  return Object.fromEntries(cut);
}

function slice({ shape, data }: Tensor<Data>, axis: number, from: number, to: number): Tensor<Data> {
  const size = (dims: readonly number[]): number => dims.reduce((n, d) => n * d, 1);
  const inner = size(shape.slice(axis + 1));
  const isIn = (_: number, k: number): boolean => {
    const at = Math.floor(k / inner) % shape[axis];
    return from <= at && at < to;
  };
  return { shape: shape.map((d, k) => (k === axis ? to - from : d)), data: data.filter(isIn) };
}
