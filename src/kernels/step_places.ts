// Where the numbers of a step lie in the arena, floor 2: what src/kernels/step_text.ts prints, as numbers.

import type { CellGraph } from "../cells/cell.js";
import type { Place } from "../cells/expr.js";
import type { Values } from "./kernel.js";

export type Addresses = Readonly<Record<string, number>>;
export type Sizes = Values<
  | "T"
  | "B"
  | "H"
  | "P"
  | "D"
  | "R"
  | "M"
  | "bias"
  | "p"
  | "ds"
  | "first"
  | "chunk"
  | "layer"
  | "I"
  | "W"
  | "biasW"
  | "x"
  | "x_b"
>;

/** A step: when, in which direction. `down`: whether times of that direction count down. */
export interface Moment {
  t: number;
  d: number;
  isReversed: boolean;
}

/** Whether direction d reads the sequence from its end: bit d. */
export function isReversed(reversed: number, d: number): boolean {
  return ((reversed >> d) & 1) === 1;
}

/** The time of a step: the pass backward goes against the direction. */
export function timeOf(step: number, T: number, isReversed: boolean, backward: boolean): number {
  return isReversed !== backward ? T - 1 - step : step;
}

/** s0, s1, …: made once, so that a step makes no string. A device binds far fewer states. */
const stateNames = Array.from({ length: 64 }, (_, s) => `s${s}`);

/** The number of unit 0 of sequence b. */
export function addressOf(
  place: Place,
  { slots }: CellGraph,
  at: Addresses,
  p: Sizes,
  { t, d, isReversed }: Moment,
  b: number,
): number {
  const { T, B, H, D, P } = p;
  const { index } = place;
  const within = t - (isReversed ? T - p.first - p.chunk : p.first);
  const kept = index === 0 ? t : within; // the output's states are kept of all steps
  const width = index === 0 ? P : H;
  switch (place.in) {
    case "a":
      return at.a + (((within * B + b) * D + d) * slots + index) * H;
    case "before":
      return at[stateNames[index]] + (((isReversed ? kept + 2 : kept) * B + b) * D + d) * width;
    case "after":
      return at[stateNames[index]] + (((kept + 1) * B + b) * D + d) * width;
    case "carry":
      return at.carry + ((index * B + b) * D + d) * H;
    case "ds":
      return at.carry + p.ds + (((index * D + d) * T + t) * B + b) * H;
    case "p":
      return at.weights + p.p + (index * D + d) * H;
    case "x":
      return at.x + p.x + b * p.x_b;
    default:
      return at.dy + ((t * B + b) * D + d) * P;
  }
}

/** How far a sequence's numbers lie from those of the sequence before. */
export function apartOf({ in: space, index }: Place, { slots }: CellGraph, { H, P, D, x_b }: Sizes): number {
  if (space === "x") return x_b;
  if (space === "a") return D * slots * H;
  if (space === "ds") return H;
  if (space === "p") return 0;
  const isOutput = space === "dy" || ((space === "before" || space === "after") && index === 0);
  return isOutput ? D * P : D * H;
}
