// What an optimizer is, floor 4: equations of one weight, of which src/kernels/update.ts makes the dispatch that
// updates all of them, and the numbers that change from update to update.

import { wrong } from "../errors.js";
import type { UpdateRule } from "../kernels/update.js";

/** A rate or a bound: a number, or a function of the number of updates before this one. */
export type Rate = number | ((update: number) => number);

/** The rate at an update. */
export function rateOf(rate: Rate, update: number): number {
  return typeof rate === "function" ? rate(update) : rate;
}

/** `name`: what it is, as errors say it. A rate that is no number would ruin every weight. */
export function rateAt(name: string, rate: Rate, update: number): number {
  const value = rateOf(rate, update);
  if (Number.isFinite(value) && value >= 0) return value;
  throw wrong(`trainer.step: ${name} at update ${update}`, value, "a finite number, at least 0");
}

export interface OptimizerRule extends UpdateRule {
  readonly lr: Rate;
  /** Numbers of the update that its equations name, in float64. They are 1 where this is left out. */
  readonly corrections?: (update: number) => readonly [number, number];
}

/** An optimizer, as options name it. */
export interface Optimizer {
  readonly kind: string;
  readonly "~rule"?: OptimizerRule;
}
