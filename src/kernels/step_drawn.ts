// What a recurrent step draws, and how gradients between steps are held, on the CPU, floor 2: the same numbers as
// shaders/step_random.wgsl.

import type { CellGraph } from "../cells/cell.js";
import type { Place } from "../cells/expr.js";
import { mix } from "../random.js";
import { dropoutParams } from "./dropout.js";
import type { Run } from "./kernel.js";
import { livePlaces } from "./live.js";
import type { Ops } from "./ops.js";
import { NONE } from "./step_part.js";
import type { Addresses, Moment, Sizes } from "./step_places.js";
import { unbounded } from "./update.js";

/** Writes what a place stands for: n numbers of sequence b at `to`. */
export function drawn(
  ops: Ops,
  to: number,
  n: number,
  { in: space, index }: Place,
  { masks }: CellGraph,
  at: Addresses,
  sizes: Sizes,
  run: Run,
  moment: Moment,
  b: number,
): void {
  if (space === "bound") {
    ops.fill(to, boundOf(run), n);
  } else if (space === "cut") {
    ops.fill(to, isCut(ops, at, sizes, run, moment, b) ? 0 : 1, n);
  } else {
    const { p, scale, each } = masks[index];
    const { t, d } = moment;
    const key = mix(run.seed, sizes.layer, index * 2 + d, run.first + b, each === "step" ? t : NONE);
    ops.mask(to, key, 0, dropoutParams(p).threshold, scale, n);
  }
}

/** The largest absolute value of a state's gradient, which is scaled as the loss's is. */
export function boundOf({ clip_recurrent, scale }: Run): number {
  return clip_recurrent > 0 ? scale * clip_recurrent : unbounded;
}

/** Whether no gradient goes back from the step after a time. */
export function isCut(
  ops: Ops,
  at: Addresses,
  { T, B }: Sizes,
  { cut }: Run,
  { t, isReversed }: Moment,
  b: number,
): boolean {
  const live = at.live as number | undefined; // bound where not all steps are there
  const length = live === undefined ? T : ops.integers[live * ops.words + livePlaces(T, B).lengths + b];
  const done = isReversed ? length - t : t + 1;
  return cut > 0 && done % cut === 0 && done < length;
}
