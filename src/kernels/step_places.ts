// Where the numbers of a step lie in the arena, floor 2: what src/kernels/step_text.ts prints, as numbers.

import type { CellGraph } from "../cells/cell.js";
import type { Place } from "../cells/expr.js";
import type { Values } from "./kernel.js";

export type Addresses = Readonly<Record<string, number>>;
export type Sizes = Values<"T" | "B" | "H" | "D" | "R" | "M" | "bias" | "p">;

/** s0, s1, …: made once, so that a step makes no string. A device binds far fewer states. */
const stateNames = Array.from({ length: 64 }, (_, s) => `s${s}`);

/** The number of unit 0 of sequence b at time t. */
export function addressOf(
  place: Place,
  { slots }: CellGraph,
  at: Addresses,
  { T, B, H, D, p }: Sizes,
  t: number,
  b: number,
  d: number,
  isReversed: boolean,
): number {
  const { index } = place;
  switch (place.in) {
    case "a":
      return at.a + (((t * B + b) * D + d) * slots + index) * H;
    case "before":
      return at[stateNames[index]] + (((isReversed ? t + 2 : t) * B + b) * D + d) * H;
    case "after":
      return at[stateNames[index]] + (((t + 1) * B + b) * D + d) * H;
    case "carry":
      return at.carry + ((index * B + b) * D + d) * H;
    case "ds":
      return at.ds + (((index * D + d) * T + t) * B + b) * H;
    case "p":
      return at.weights + p + (index * D + d) * H;
    default:
      return at.dy + ((t * B + b) * D + d) * H;
  }
}

/** How far a sequence's numbers lie from those of the sequence before. */
export function apartOf(place: Place, { slots }: CellGraph, { H, D }: Sizes): number {
  if (place.in === "a") return D * slots * H;
  if (place.in === "ds") return H;
  return place.in === "p" ? 0 : D * H;
}
