// How a plan is run, floor 3: a pure function of the plan and of what a slow GPU does, so that tests need no
// device.

import type { Plan } from "./plan.js";

/**
 * A slow GPU: what a dispatch costs it, and how fast it computes. The estimate is to be too long rather than
 * too short.
 */
const slow = { dispatch: 2e-6, flopsPerSecond: 1e11 };

/**
 * How many steps' pre-activations are held at a time. All of T, where they are kept for the pass backward
 * ("fast") and can be bound; else so many that they and the states at the beginning of each such chunk are few
 * together, or that they can be bound. bytes: of one step's.
 */
export function chunkOf(T: number, bytes: number, memory: "fast" | "small", largest: number): number {
  const wanted = memory === "small" ? Math.ceil(Math.sqrt(T)) : T;
  return Math.max(1, Math.min(wanted, Math.floor(largest / bytes)));
}

/** Longest that a page may wait for the GPU and still be fluent at 60 frames a second. */
export const interactiveSeconds = 8e-3;

/**
 * The dispatches at which a plan is cut into several submits so that none is estimated to take longer than
 * `seconds`. Between submits a page's own drawing has its turn.
 */
export function cutsOf({ dispatches }: Plan, seconds: number): number[] {
  const cuts: number[] = [];
  let busy = 0;
  dispatches.forEach(({ kernel, params }, n) => {
    const takes = slow.dispatch + kernel.flops(params) / slow.flopsPerSecond;
    if (busy > 0 && busy + takes > seconds) {
      cuts.push(n);
      busy = 0;
    }
    busy += takes;
  });
  return cuts;
}
