// Time cut into chunks, floor 4: the steps whose pre-activations are held at the same time. A direction that reads
// from the end has its first chunk there, so that products are of one direction each where there are several.

import { isReversed } from "../kernels/step_places.js";
import type { Live, Signal } from "./signal.js";
import type { Stacked, Tape } from "./stacked.js";

/** Steps from `first` on, counted in a direction's own order. */
export interface Chunk {
  readonly first: number;
  readonly count: number;
  readonly index: number;
}

/** In the order of the pass forward. */
export function chunksOf(T: number, size: number): Chunk[] {
  return Array.from({ length: Math.ceil(T / size) }, (_, index) => {
    const first = index * size;
    return { first, count: Math.min(size, T - first), index };
  });
}

/** What a product is over: x at times from `first` on, of all directions or of `only` one, and which of them there are. */
export interface Part {
  readonly x: Signal;
  readonly only: number | undefined;
  readonly first: number;
  readonly T: number;
  readonly B: number;
  readonly live: Live | undefined;
}

/** A chunk's products: one for all directions, where they are of the same x at the same times. */
export function partsOf(
  { directions: D, reversed, live }: Stacked,
  { inputs, sizes: { T, B } }: Tape,
  { first, count }: Chunk,
): Part[] {
  const [x] = inputs;
  if (count === T && inputs.length === 1) return [{ x, only: undefined, first: 0, T, B, live }];
  return Array.from({ length: D }, (_, d) => {
    const from = isReversed(reversed, d) ? T - first - count : first;
    return { x: inputs[d] ?? x, only: d, first: from, T: count, B, live: live?.part(from, count) };
  });
}
