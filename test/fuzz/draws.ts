// Random combinations of what a recurrent layer can have, as plain data: fast-check draws and shrinks them,
// and prints the one that fails. What stands first in a list is the simplest, to which it shrinks.

import fc from "fast-check";
import { aboutCell, acceptedCell, type Cell, cells, isKinky } from "./cells.js";
import { type Objective, objectives } from "./objective.js";

/** What follows the layer; all but the first end in a linear one. */
export type Tail =
  | "bare"
  | "head"
  /** A second layer of the same kind, which goes on from the final states. */
  | "decoder"
  /** The same, whose outputs attend to those of the first. */
  | "dot"
  | "general"
  | "additive"
  /** One vector a sequence. */
  | "last"
  | "mean"
  | "max"
  | "attention"
  /** Layer normalization of the output. */
  | "norm"
  /** The product of the output's two halves, with tanh between. */
  | "halves";

export interface Draw {
  readonly cell: Cell;
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
  readonly numLayers: number;
  readonly direction: "forward" | "reverse" | "both";
  /** Of a reversed layer. */
  readonly reverseOrder: "time" | "processed";
  /** Of both directions. */
  readonly merge: "concat" | "sum" | "mean" | "product";
  readonly bias: boolean | "input" | "recurrent";
  /** Which initial states are given: none, that of the output, or all. */
  readonly given: "none" | "first" | "all";
  readonly learnedState: boolean;
  readonly lengths: "none" | "lengths" | "mask";
  /** What a masked step does with the output. */
  readonly masked: "repeat" | "zero";
  /** Shares: between layers, of the input, of what R is fed with, of R's weights, of states that stay. */
  readonly dropout: number;
  readonly inputDropout: number;
  readonly recurrentDropout: number;
  readonly dropConnect: number;
  readonly zoneout: number;
  /** Whether it is as in training, with everything random in it. */
  readonly training: boolean;
  readonly batchFirst: boolean;
  /** Whether one sequence is given without an axis of sequences. */
  readonly unbatched: boolean;
  /** Whether gates are kept for the pass backward, or computed anew. */
  readonly memory: "fast" | "small";
  /** What x is: numbers, or tokens that an embedding has rows for. */
  readonly front: "features" | "embedding";
  readonly tail: Tail;
  readonly objective: Objective;
  /** Of the numbers. */
  readonly seed: number;
}

/** A draw with nothing special in it, for tests that vary one thing. */
export const plain: Draw = {
  cell: { kind: "rnn", nonlinearity: "tanh" },
  T: 3,
  B: 2,
  I: 3,
  H: 4,
  numLayers: 1,
  direction: "forward",
  reverseOrder: "time",
  merge: "concat",
  bias: true,
  given: "all",
  learnedState: false,
  lengths: "none",
  masked: "repeat",
  dropout: 0,
  inputDropout: 0,
  recurrentDropout: 0,
  dropConnect: 0,
  zoneout: 0,
  training: false,
  batchFirst: true,
  unbatched: false,
  memory: "fast",
  front: "features",
  tail: "bare",
  objective: { kind: "outputs" },
  seed: 1,
};

const sizes = fc.constantFrom(1, 2, 3, 5, 7);
const flag = fc.boolean();
const share = fc.constantFrom(0, 0, 0.3);
const of = <X extends string | boolean>(...choices: X[]): fc.Arbitrary<X> => fc.constantFrom(...choices);

/** Every combination that the library accepts. */
export const draws: fc.Arbitrary<Draw> = fc
  .record({
    cell: cells,
    T: sizes,
    B: sizes,
    I: sizes,
    H: fc.constantFrom(1, 2, 3, 5, 7, 11, 17),
    numLayers: fc.constantFrom(1, 2, 3),
    direction: of("forward", "reverse", "both"),
    reverseOrder: of("time", "processed"),
    merge: of("concat", "sum", "mean", "product"),
    bias: of<boolean | "input" | "recurrent">(true, false, "input", "recurrent"),
    given: of("none", "first", "all"),
    learnedState: flag,
    lengths: of("none", "lengths", "lengths", "mask"),
    masked: of("repeat", "zero"),
    dropout: share,
    inputDropout: share,
    recurrentDropout: share,
    dropConnect: share,
    zoneout: share,
    training: flag,
    batchFirst: of(true, false),
    unbatched: of(false, true),
    memory: of("fast", "small"),
    front: of("features", "embedding"),
    tail: fc.oneof(
      of<Tail>("bare", "head", "decoder"),
      of<Tail>("dot", "general", "additive", "last", "mean", "max", "attention", "norm", "halves"),
    ),
    objective: objectives,
    seed: fc.nat(0xffffff),
  })
  .map(accepted);

/**
 * The same without what excludes each other, as the library's errors say; and small where numbers must stay
 * away from many kinks.
 */
function accepted(draw: Draw): Draw {
  const cell = acceptedCell(draw.cell);
  const { direction } = draw;
  const { hasR, isNormed, isProjected } = aboutCell(cell);
  const isHalved = direction === "both" && draw.merge === "concat";
  const small = (size: number, most: number): number => (isKinky(cell) ? Math.min(size, most) : size);
  const least = isNormed ? 3 : isProjected ? 2 : 1; // of one number or two normalization makes a sign
  return {
    ...draw,
    cell,
    ...(direction !== "both" && { merge: "concat" }),
    ...(direction !== "reverse" && { reverseOrder: "time" }),
    ...(!hasR && { recurrentDropout: 0, dropConnect: 0 }),
    ...(!hasR && draw.bias === "recurrent" && { bias: true }),
    ...(isNormed && { bias: false }),
    unbatched: draw.unbatched && draw.B === 1 && draw.lengths !== "lengths",
    ...(draw.tail === "halves" && !isHalved && { tail: "head" }),
    T: small(draw.T, 3),
    B: small(draw.B, 2),
    H: small(Math.max(draw.H, least), 5),
    numLayers: small(draw.numLayers, 2),
  };
}
