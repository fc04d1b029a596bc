// Made-up tasks that only a network with a memory can do: the classics by which recurrent networks are
// compared. Each gives batches that fit a trainer of the same batchSize and sequenceLength, drawn from a
// seed.

import { checkSize } from "../errors.js";
import { mix2, Random, seedWord } from "../random.js";
import type { F32, I32, Tensor } from "../weights/tensors.js";

export interface TaskOptions {
  readonly batchSize: number;
  readonly sequenceLength: number;
  /** How many batches to draw. Infinity for as long as one asks; then mind where the loop ends. */
  readonly count: number;
  /** Any integer. Batch k is the same for the same seed, whichever was drawn before it. */
  readonly seed: number;
}

/**
 * Copy memory (Hochreiter and Schmidhuber 1997; in this form Arjovsky et al. 2016): remember `length` symbols
 * over a long blank. x [B, T] is `length` symbols, each of 1 to `symbols`; blanks (0); a sign (symbols + 1)
 * that asks for them; `length` blanks. target [B, T] is blanks, and at the last `length` steps the symbols.
 * The vocabulary is symbols + 2. Without a memory the mean cross entropy is length · ln(symbols) / T at best.
 *
 * Throws ShapeError where sequenceLength is less than 2 · length + 1.
 */
export function copyMemory(
  o: TaskOptions & { readonly length?: number; readonly symbols?: number },
): Iterable<{ x: Tensor<I32>; target: Tensor<I32> }> {
  const { batchSize: B, sequenceLength: T, length = 10, symbols = 8 } = o;
  checkSizes("copyMemory", o, 2 * length + 1);
  return drawn("copyMemory", o, (random) => {
    const x = new Int32Array(B * T);
    const target = new Int32Array(B * T);
    for (let b = 0; b < B; b += 1) {
      const start = b * T;
      const end = start + T;
      for (let k = 0; k < length; k += 1) {
        const symbol = 1 + random.below(symbols);
        x[start + k] = symbol;
        target[end - length + k] = symbol;
      }
      x[end - length - 1] = symbols + 1;
    }
    return { x: { shape: [B, T], data: x }, target: { shape: [B, T], data: target } };
  });
}

/**
 * Adding (Hochreiter and Schmidhuber 1997; in this form Le et al. 2015): the sum of two marked numbers. x [B,
 * T, 2] is numbers from 0 to 1 and marks, 1 at one step of either half of the sequence and 0 at all others.
 * target [B, 1] is the sum of the two numbers marked, to be told at the last step. Whoever always says 1 has
 * a mean squared error of 1/6.
 *
 * Throws ShapeError where sequenceLength is less than 2.
 */
export function adding(o: TaskOptions): Iterable<{ x: Tensor<F32>; target: Tensor<F32> }> {
  const { batchSize: B, sequenceLength: T } = o;
  checkSizes("adding", o, 2);
  const half = Math.floor(T / 2);
  return drawn("adding", o, (random) => {
    const x = new Float32Array(B * T * 2);
    const target = new Float32Array(B);
    for (let b = 0; b < B; b += 1) {
      for (let t = 0; t < T; t += 1) {
        x[2 * (b * T + t)] = random.uniform();
      }
      const marked = [random.below(half), half + random.below(T - half)];
      for (const t of marked) {
        const at = 2 * (b * T + t);
        x[at + 1] = 1;
        target[b] += x[at];
      }
    }
    return { x: { shape: [B, T, 2], data: x }, target: { shape: [B, 1], data: target } };
  });
}

/** Ids of the temporal order task's symbols: the two that matter are X and Y. */
const ORDER = { X: 0, Y: 1, firstDistractor: 2, distractors: 4 };

/**
 * Temporal order (Hochreiter and Schmidhuber 1997, task 6a): in which order two signs came. x [B, T] is
 * tokens of 6: 0 and 1 are X and Y, the others mean nothing. One of X and Y stands in the second tenth of the
 * sequence and one in the sixth (as in Martens and Sutskever 2011). target [B] is 0 for XX, 1 for XY, 2 for
 * YX, 3 for YY, to be told at the last step. Guessing has a mean cross entropy of ln 4.
 *
 * Throws ShapeError where sequenceLength is less than 10.
 */
export function temporalOrder(o: TaskOptions): Iterable<{ x: Tensor<I32>; target: Tensor<I32> }> {
  const { batchSize: B, sequenceLength: T } = o;
  checkSizes("temporalOrder", o, 10);
  return drawn("temporalOrder", o, (random) => {
    const x = new Int32Array(B * T);
    const target = new Int32Array(B);
    for (let b = 0; b < B; b += 1) {
      for (let t = 0; t < T; t += 1) {
        x[b * T + t] = ORDER.firstDistractor + random.below(ORDER.distractors);
      }
      const first = random.below(2);
      const second = random.below(2);
      x[b * T + within(random, T / 10, T / 5)] = first === 0 ? ORDER.X : ORDER.Y;
      x[b * T + within(random, T / 2, (6 * T) / 10)] = second === 0 ? ORDER.X : ORDER.Y;
      target[b] = 2 * first + second;
    }
    return { x: { shape: [B, T], data: x }, target: { shape: [B], data: target } };
  });
}

/** A step from `from` to before `end`, both rounded down. */
function within(random: Random, from: number, end: number): number {
  const first = Math.floor(from);
  return first + random.below(Math.floor(end) - first);
}

/** `count` batches, each from random numbers of its own: iterated again, it gives the same again. */
function drawn<Batch>(task: string, o: TaskOptions, draw: (random: Random) => Batch): Iterable<Batch> {
  const seed = seedWord(task, o.seed);
  return {
    *[Symbol.iterator]() {
      for (let k = 0; k < o.count; k += 1) {
        yield draw(new Random(mix2(seed, k)));
      }
    },
  };
}

function checkSizes(task: string, { batchSize, sequenceLength: T }: TaskOptions, least: number): void {
  checkSize(`${task}: batchSize`, batchSize);
  checkSize(`${task}: sequenceLength`, T, least);
}
