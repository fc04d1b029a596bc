// How a plan is run, floor 3: a pure function of the plan and of what its device costs, so that tests need no
// device.

import type { DeviceClass } from "./device_class.js";
import { type Dispatch, type Plan, size } from "./plan.js";

/** The share of what a device can do that any kernel reaches: an estimate is to be too long rather than too short. */
const share = 0.25;

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
export function cutsOf(plan: Plan, device: DeviceClass, seconds: number): number[] {
  const cuts: number[] = [];
  let busy = 0;
  secondsOf(plan, device).forEach((takes, n) => {
    if (busy > 0 && busy + takes > seconds) {
      cuts.push(n);
      busy = 0;
    }
    busy += takes;
  });
  return cuts;
}

/** How long all dispatches take, by estimate. */
export function totalSeconds(plan: Plan, device: DeviceClass): number {
  return secondsOf(plan, device).reduce((sum, one) => sum + one, 0);
}

/** Of each dispatch, by estimate: as who emitted it says, else a roofline. Steps share out what they all bind. */
export function secondsOf({ dispatches }: Plan, device: DeviceClass): number[] {
  const times = new Map<string, number>();
  const keyOf = ({ kernel, bound }: Dispatch): string =>
    [kernel.name, ...Object.values(bound).map(({ name }) => name)].join();
  const keys = dispatches.map(keyOf);
  for (const key of keys) times.set(key, (times.get(key) ?? 0) + 1);
  return dispatches.map(({ kernel, bound, params, seconds }, n) => {
    if (seconds !== undefined) return seconds;
    const bytes = Object.values(bound).reduce(
      (sum, buffer) => sum + (4 * size(buffer)) / (buffer.role === "weights" ? 1 : (times.get(keys[n]) ?? 1)),
      0,
    );
    const busy = Math.max(kernel.flops(params) / device.flopsPerSecond, bytes / device.bytesPerSecond);
    return device.launch + busy / share;
  });
}
