// Schedules of the learning rate, floor 4: functions of the number of updates before this one. Where PyTorch has
// the schedule, the formula is its own.

import { nothingElse } from "../errors.js";
import { type Rate, rateOf } from "./optimizer.js";

/** Half a cosine from one value to another, when `done` of the way, from 0 to 1, is behind. */
function between(from: number, to: number, done: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * Math.min(1, done)))) / 2;
}

/** `from`, times `factor` (0.1 unless given) after every `every` updates. torch's StepLR. */
export function stepDecay(o: { from: number; every: number; factor?: number }): (update: number) => number {
  const { from, every, factor = 0.1, ...rest } = o;
  nothingElse("stepDecay", o, rest);
  return (update) => from * factor ** Math.floor(update / every);
}

/**
 * Half a cosine from `from` down to `to` (0 unless given) over `updates` updates; then it stays at `to`. With
 * `warmUp`, the first so many of them are a linear rise to `from`, as warmUp() makes it. Loshchilov and Hutter
 * (2017); torch's CosineAnnealingLR.
 */
export function cosine(o: {
  from: number;
  to?: number;
  updates: number;
  warmUp?: number;
}): (update: number) => number {
  const { from, to = 0, updates, warmUp: rise = 0, ...rest } = o;
  nothingElse("cosine", o, rest);
  const fall = Math.max(1, updates - rise);
  return warmUp({ to: (update) => between(from, to, update / fall), updates: rise });
}

/**
 * A linear rise from `from` to where the rate or schedule `to` begins, over `updates` updates; then `to`, from
 * its beginning. `from` is 1/updates of it unless given. torch's LinearLR, and SequentialLR of it and another.
 */
export function warmUp(o: { to: Rate; updates: number; from?: number }): (update: number) => number {
  const { to, updates, from: first, ...rest } = o;
  nothingElse("warmUp", o, rest);
  return (update) => {
    if (update >= updates) return rateOf(to, update - updates);
    const end = rateOf(to, 0);
    const from = first ?? end / updates;
    return from + ((end - from) * update) / updates;
  };
}

/**
 * Half a cosine from `from` (a 25th of `peak` unless given) up to `peak`, in the share `rise` (0.3) of the
 * updates, and half a cosine down to `to` (a 10,000th of `from`). Smith and Topin (2018); torch's OneCycleLR.
 */
export function oneCycle(o: {
  peak: number;
  updates: number;
  rise?: number;
  from?: number;
  to?: number;
}): (update: number) => number {
  const { peak, updates, rise = 0.3, from = peak / 25, to = from / 1e4, ...rest } = o;
  nothingElse("oneCycle", o, rest);
  const top = rise * updates - 1;
  return (update) =>
    update <= top
      ? between(from, peak, update / top)
      : between(peak, to, (update - top) / (updates - 1 - top));
}
