// What attention is made of, floor 4: which steps of a memory there are, products between the steps of one
// sequence and those of another, softmax over the steps that there are, and the additive score.

import { additiveScore } from "../kernels/additive_score.js";
import { additiveScoreBackward } from "../kernels/additive_score_backward.js";
import { softmax } from "../kernels/softmax.js";
import { productOfSequences } from "./affine.js";
import { columnSums } from "./affine_backward.js";
import type { Emitter } from "./emitter.js";
import { type Live, type Rows, repeated, type Signal, timeMajor } from "./signal.js";

/**
 * The steps that a layer goes by: those that it is given, else those that x has. x is settled where it has
 * others.
 */
export function stepsOf(
  e: Emitter,
  x: Signal,
  { lengths, mask }: Readonly<Record<string, Signal>>,
): { readonly x: Signal; readonly live: Live | undefined } {
  const given = lengths ?? mask;
  if (!given) return { x, live: x.live };
  const live = e.live(given, x.rows.T, mask && "zero");
  return { x: x.live === live ? x : e.settled(x), live };
}

/**
 * A B for each sequence, or A Bᵀ: rows [T, B, F] are a matrix [T, F] for each. One dispatch forward, one
 * backward for each of the two that is wanted.
 */
export function sequenceProduct(
  e: Emitter,
  name: string,
  a: Signal,
  b: Signal,
  how: { readonly transposed: boolean },
): Signal {
  const { transposed } = how;
  const { T, B } = a.rows;
  const y = e.signal(name, { T, B, F: transposed ? b.rows.T : b.rows.F }, a.wanted || b.wanted);
  productOfSequences(e, [a.rows, false], [b.rows, transposed], y.rows, 0);
  e.withGradient(y, (dy) => {
    e.contribute(a, (to, accumulate) =>
      productOfSequences(e, [dy, false], [b.rows, !transposed], to, accumulate),
    );
    const [left, right] = transposed ? [dy, a.rows] : [a.rows, dy];
    e.contribute(b, (to, accumulate) => productOfSequences(e, [left, true], [right, false], to, accumulate));
  });
  return y;
}

/** Softmax of scores [Tq, B, Tm] over the steps of the memory that there are; 0 for the others. */
export function softmaxOfScores(e: Emitter, name: string, scores: Signal, live: Live | undefined): Signal {
  const { T, B, F } = scores.rows;
  const y = e.signal(name, scores.rows, scores.wanted);
  const { table, codes } = e.tableOf(live);
  const emit = (input: Rows, d: Rows, out: Rows, backward: 0 | 1, accumulate: 0 | 1): void => {
    e.plan.dispatch(
      softmax,
      { live: table, input: input.buffer, d: d.buffer, out: out.buffer },
      { M: T * B, T: F, B, codes, backward, accumulate },
    );
  };
  emit(scores.rows, scores.rows, y.rows, 0, 0);
  return e.mirror(scores, y, (dy, to, accumulate) => emit(y.rows, dy, to, 1, accumulate));
}

/** A vector among the weights, as a query of one step that all sequences have; its gradient is summed over them. */
export function learnedQuery(e: Emitter, weight: string, B: number): Signal {
  const { at, shape } = e.arena.get(weight);
  const [F] = shape;
  const v: Signal = { rows: repeated(e.weights, at, B, F), wanted: e.isTrained(weight) };
  e.withGradient(v, (dv, gradients) => {
    columnSums(e, { buffer: dv.buffer, first: 0, Z: 1, B, N: F }, gradients, at, e.accumulates(at));
  });
  return v;
}

/**
 * Scores [Tq, B, Tm] = v tanh(q + m) of all pairs of steps, v a weight. One dispatch forward; backward one for
 * the query, one for the memory and two for v.
 */
export function additiveScores(e: Emitter, name: string, weight: string, q: Signal, m: Signal): Signal {
  const { T: Q, B, F: A } = q.rows;
  const { T } = m.rows;
  const { at } = e.arena.get(weight);
  const isTrained = e.isTrained(weight);
  const y = e.signal(name, { T: Q, B, F: T }, isTrained || q.wanted || m.wanted);
  e.plan.dispatch(
    additiveScore,
    { weights: e.weights, query: q.rows.buffer, memory: m.rows.buffer, out: y.rows.buffer },
    { Q, T, B, A, v_0: at },
  );
  e.withGradient(y, (dy, gradients) => {
    const emit = (x: Signal, other: Signal, out: Rows, of_v: 0 | 1, accumulate: 0 | 1): void => {
      const [d_i, d_j] = x === q ? [B * T, 1] : [1, B * T];
      e.plan.dispatch(
        additiveScoreBackward,
        {
          weights: e.weights,
          x: x.rows.buffer,
          y: other.rows.buffer,
          d: dy.buffer,
          out: out.buffer,
        },
        { I: x.rows.T, J: other.rows.T, B, A, v_0: at, d_i, d_j, d_b: T, of_v, accumulate },
      );
    };
    e.contribute(q, (to, accumulate) => emit(q, m, to, 0, accumulate));
    e.contribute(m, (to, accumulate) => emit(m, q, to, 0, accumulate));
    if (!isTrained) return;
    const dv = e.plan.buffer(`${name} dv`, [Q, B, A]);
    emit(q, m, timeMajor(dv, Q, B, A), 1, 0);
    columnSums(e, { buffer: dv, first: 0, Z: 1, B: Q * B, N: A }, gradients, at, e.accumulates(at));
  });
  return y;
}

/**
 * A signal of all rows as one that has those of another: what comes back in the others' gradients is not read.
 */
export function within(e: Emitter, x: Signal, live: Live | undefined): Signal {
  if (!live) return x;
  const y: Signal = { rows: x.rows, wanted: x.wanted, live };
  return e.mirror(x, y, (dy, to, accumulate) => e.settle(dy, live, to, accumulate));
}
