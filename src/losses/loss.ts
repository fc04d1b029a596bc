// What a loss is, floor 4: it compares an output with a target, step by step, and gives the mean over the
// steps that count, or the sum.

import { oneOf } from "../errors.js";
import { livePlaces } from "../kernels/live.js";
import { sum } from "../kernels/sum.js";
import type { Emitter } from "../layers/emitter.js";
import { type Rows, timeMajor } from "../layers/signal.js";
import { type Buffer, size } from "../plan/plan.js";

/** What the host writes before each run for a loss. */
export interface Target {
  readonly type: "float" | "int";
  /** The target's shape as users give it. With `lengths`, the number of columns is each call's own. */
  readonly shape: readonly number[];
  /** Whether a call brings targetLengths [B] too: how much of each row counts. */
  readonly lengths?: true;
  /**
   * Checks a target and gives what goes into the loss's buffers. `live`: this call's table of the steps that
   * there are, where not all are: the others do not count.
   */
  readonly prepare: (
    where: string,
    data: ArrayLike<number>,
    live?: Uint32Array,
    lengths?: ArrayLike<number>,
  ) => readonly { readonly buffer: Buffer; readonly data: Float64Array | Uint32Array }[];
}

export interface LossInput {
  readonly output: Rows;
  /** Where the output's gradient goes, if it is wanted; whether to add to it. */
  readonly gradient: { readonly rows: Rows; readonly accumulate: 0 | 1 } | undefined;
  /** Its first element is the loss; whether to add to it. */
  readonly loss: Buffer;
  readonly accumulate: 0 | 1;
  /** The output's shape as users see it, without the features. */
  readonly steps: readonly number[];
  /** Strides of (t, b) in a target that has one number a step. */
  readonly t: number;
  readonly b: number;
}

export interface LossRule {
  /** Emits the loss of an output and its gradient. `name` is the target's. */
  readonly emit: (e: Emitter, name: string, given: LossInput) => Target;
}

/** A loss, as options name it. T: what a step wants beside the model's inputs. */
export interface Loss<T extends object = object> {
  readonly kind: string;
  readonly "~target"?: T;
  readonly "~rule"?: LossRule;
}

/** What a loss makes of those of all steps: the mean over the steps that count, or the sum. */
export type Reduction = "mean" | "sum";

/** The factor of each of n losses. Where none counts, the mean is 0. */
export function scaleOf(where: string, reduction: Reduction = "mean"): (n: number) => number {
  oneOf(where, "reduction", reduction, ["mean", "sum"]);
  return reduction === "sum" ? () => 1 : (n) => (n === 0 ? 0 : 1 / n);
}

/** The rows m = t·B + b of an output that there are: all M, or those of a table. */
export function liveRows(M: number, live: Uint32Array | undefined): Uint32Array {
  if (!live) return Uint32Array.from({ length: M }, (_, m) => m);
  const { count, rows } = livePlaces(1, M);
  return live.subarray(rows, rows + live[count]);
}

/** Adds up the losses of all rows: a loss's last dispatch. */
export function addUp(e: Emitter, losses: Buffer, { loss, accumulate }: LossInput): void {
  const n = size(losses);
  const plain = { parts: 1, in_0: 0, out_0: 0, squares: 0, root: 0 };
  e.plan.dispatch(sum, { input: losses, out: loss }, { n, ...plain, accumulate });
}

/**
 * Rows, without gaps, for a kernel to write the gradient to; `finish` adds them to what is there, where
 * something is.
 */
export function gradientFor(
  e: Emitter,
  name: string,
  { output, gradient }: LossInput,
): { rows: Rows; finish: () => void } {
  if (gradient?.accumulate === 0) return { rows: gradient.rows, finish: () => {} };
  const { T, B, F } = output;
  const shape = gradient ? [T, B, F] : [1];
  const rows = timeMajor(e.plan.buffer(`d ${name}`, shape), T, B, F);
  return { rows, finish: () => gradient && e.copy(rows, gradient.rows, 1) };
}
