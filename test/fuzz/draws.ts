// Random combinations of what a recurrent layer can have, as plain data: fast-check draws and shrinks them,
// and prints the one that fails. What stands first in a list is the simplest, to which it shrinks.

import fc from "fast-check";
import { type Cell, custom } from "./cells.js";
import { type Objective, objectives } from "./objective.js";

export interface Draw {
  readonly cell: Cell;
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
  readonly numLayers: number;
  readonly direction: "forward" | "reverse" | "both";
  readonly bias: boolean;
  /** The share dropped between layers. */
  readonly dropout: number;
  /** Whether initial states are given. */
  readonly given: boolean;
  readonly batchFirst: boolean;
  /** What x is: numbers, or tokens of so many that an embedding has rows for. */
  readonly front: "features" | "embedding";
  /** What follows the layer. */
  readonly tail: "bare" | "head" | "decoder";
  readonly objective: Objective;
  /** Whether it is as in training, with everything random in it. */
  readonly training: boolean;
  /** Of the numbers. */
  readonly seed: number;
}

/** A draw with nothing special in it, for tests that vary one thing. */
export const plain: Draw = {
  cell: { kind: "lstm" },
  T: 3,
  B: 2,
  I: 3,
  H: 4,
  numLayers: 1,
  direction: "forward",
  bias: true,
  dropout: 0,
  given: true,
  batchFirst: true,
  front: "features",
  tail: "bare",
  objective: { kind: "outputs" },
  training: false,
  seed: 1,
};

const sizes = fc.constantFrom(1, 2, 3, 5, 7);
const flag = fc.boolean();

const cells: fc.Arbitrary<Cell> = fc.oneof(
  fc.record({
    kind: fc.constant("rnn" as const),
    nonlinearity: fc.constantFrom("tanh" as const, "relu" as const),
  }),
  fc.record({ kind: fc.constant("lstm" as const) }),
  fc.record({ kind: fc.constant("gru" as const), resetAfter: fc.constantFrom(true, false) }),
  fc.record({ kind: fc.constant("custom" as const), name: fc.constantFrom(...custom) }),
);

/** Every combination that the library accepts. */
export const draws: fc.Arbitrary<Draw> = fc
  .record({
    cell: cells,
    T: sizes,
    B: sizes,
    I: sizes,
    H: fc.constantFrom(1, 2, 3, 5, 7, 11, 17),
    numLayers: fc.constantFrom(1, 2, 3),
    direction: fc.constantFrom("forward" as const, "reverse" as const, "both" as const),
    bias: fc.constantFrom(true, false),
    dropout: fc.constantFrom(0, 0.3),
    given: flag,
    batchFirst: fc.constantFrom(true, false),
    front: fc.constantFrom("features" as const, "embedding" as const),
    tail: fc.constantFrom("bare" as const, "head" as const, "decoder" as const),
    objective: objectives,
    training: flag,
    seed: fc.nat(0xffffff),
  })
  .filter(isAccepted);

/** Whether the library takes it: what it refuses, its errors say. */
function isAccepted(_draw: Draw): boolean {
  return true;
}
