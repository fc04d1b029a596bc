// What a lane is: a library as it is used by someone who knows it, made ready for a workload. A run begins with
// host arrays and ends with a host array.

import type { Workload } from "../../../../demo/measure/workloads.js";

/** Lanes, as they are called in tables. */
export const titles = {
  webrnn: "webrnn",
  ort: "onnxruntime-web",
  ort_bound: "onnxruntime-web, bound",
  tfjs: "TensorFlow.js",
  jax: "jax-js",
} as const;
export type LaneName = keyof typeof titles;

export interface Lane {
  /** Loads the library and asks for a device; the device's name, as far as the library tells it. */
  start(): Promise<string>;
  /** A sentence where the lane has no such workload. */
  prepare(workload: Workload): Promise<Prepared | string>;
}

export interface Prepared {
  run(): Promise<ArrayLike<number>>;
  /** What a run gave, in the order of the reference: y [T, B, D·H]. */
  readonly ordered?: (out: ArrayLike<number>) => ArrayLike<number>;
  /** Another reference than the workload's own. */
  readonly reference?: "reset_before" | "generated";
  readonly note?: string;
}

/** Where a peer's file is served. */
export const peer = (path: string): string => new URL(`/${path}`, location.href).href;

/** Draws an index from the softmax of logits by a number in 0 to 1. */
export function sample(logits: ArrayLike<number>, draw: number): number {
  const values = Array.from(logits);
  const largest = Math.max(...values);
  const weights = values.map((value) => Math.exp(value - largest));
  let left = draw * weights.reduce((sum, weight) => sum + weight, 0);
  const found = weights.findIndex((weight) => {
    left -= weight;
    return left <= 0;
  });
  return found < 0 ? values.length - 1 : found;
}

/** A vector with a single one. */
export function oneHot(length: number, at: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(length);
  out[at] = 1;
  return out;
}

/** What a step is fed: x of its time, or the last token. */
export const stepInput = ({ kind, I }: Workload, x: Float32Array<ArrayBuffer>, t: number, token: number) =>
  kind === "generate" ? oneHot(I, token) : x.slice(t * I, (t + 1) * I);
