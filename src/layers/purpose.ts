// What is asked of a plan, floor 4, and what a plan asks of whoever runs it.

import { ShapeError } from "../errors.js";
import type { Means } from "../plan/choice.js";
import type { Buffer } from "../plan/plan.js";

/** Integers that the host makes of an input before each run, such as the positions of each token. */
export interface Derived {
  readonly input: string;
  /** where: the call and the input, as errors name them. */
  readonly make: (
    ids: Uint32Array,
    where: string,
  ) => readonly { readonly buffer: Buffer; readonly data: Uint32Array }[];
}

/** State carried from run to run: [layers × directions, B, H]. */
export interface Carried {
  readonly name: string;
  readonly buffer: Buffer;
}

/** What is asked of a plan; as Means, on what and how recurrent layers run. */
export interface Purpose extends Means {
  /** Whether there is a pass backward. */
  readonly differentiate: boolean;
  /** Whether dropout drops. */
  readonly training?: boolean;
  /** Whether recurrent layers carry their state from run to run. */
  readonly stateful?: boolean;
  /** Whether |dL/ds_t| is asked for. */
  readonly norms?: boolean;
  /** Whether states' gradients are clipped or cut between steps, as run.clip_recurrent and run.cut say. */
  readonly bounded?: boolean;
  /** Whether pre-activations are kept, or computed once more for the pass backward, some steps at a time. */
  readonly memory?: "fast" | "small";
  /** The largest buffer, in bytes, that can be bound whole. */
  readonly largest?: number;
  /** Names of the weights that are not trained. */
  readonly frozen?: ReadonlySet<string>;
  /** Whether losses and gradients are added to those of batches before. */
  readonly adds?: boolean;
}

/** The steps that each sequence has from `first` on, at most `count`; lengths are checked against T. */
export function lengthsFrom(
  first: number,
  lengths: Uint32Array,
  { T, count, where }: { readonly T: number; readonly count: number; readonly where: string },
): Uint32Array {
  const wrong = lengths.findIndex((length) => length > T);
  if (wrong >= 0) {
    throw new ShapeError(
      `${where} has ${lengths[wrong] | 0} at ${wrong}; lengths must be from 0 to ${T}, the steps that there are.`,
    );
  }
  return lengths.map((length) => Math.min(Math.max(length - first, 0), count));
}
