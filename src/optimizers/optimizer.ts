// What an optimizer is, floor 4: the moments that it keeps, one dispatch that updates all weights, and the
// numbers that change from update to update.

import { ShapeError } from "../errors.js";
import type { Buffer, Plan } from "../plan/plan.js";

/** A rate or a bound: a number, or a function of the number of updates before this one. */
export type Rate = number | ((update: number) => number);

/** `name`: what it is, as errors say it. A rate that is no number would ruin every weight. */
export function rateAt(name: string, rate: Rate, update: number): number {
  const value = typeof rate === "number" ? rate : rate(update);
  if (Number.isFinite(value)) return value;
  throw new ShapeError(
    `trainer.step: ${name} is ${value} at update ${update}; it must be a finite number. Correct the number or function.`,
  );
}

export interface UpdateBuffers {
  readonly gradients: Buffer;
  /** [0]: what gradients are multiplied with. [1]: 0 if the update is skipped. [2]: what bounds each. */
  readonly control: Buffer;
  readonly weights: Buffer;
  readonly moments: readonly Buffer[];
}

export interface OptimizerRule {
  readonly lr: Rate;
  /** Names of the moments, each as large as the weights. */
  readonly moments: readonly string[];
  readonly emit: (plan: Plan, buffers: UpdateBuffers, n: number) => void;
  /** 1 - beta^(update + 1), in float64, for both betas. */
  readonly corrections: (update: number) => readonly [number, number];
}

/** An optimizer, as options name it. */
export interface Optimizer {
  readonly kind: string;
  readonly "~rule"?: OptimizerRule;
}
