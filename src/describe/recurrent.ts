// A recurrent layer of any cell, floor 5: its options, checked, as what a stack of layers is told.

import { type Cell, type CellGraph, graphOf } from "../cells/cell.js";
import { layer } from "../describe.js";
import { checkSize, nothingElse, oneOf, ShapeError, share, unknown } from "../errors.js";
import { type StackOptions, stack } from "../layers/stack.js";
import type { Recurrent, RecurrentOptions } from "./options.js";

/** All options that any layer may have, whatever its cell. */
export type AnyOptions = RecurrentOptions & { projSize?: number };

/**
 * A recurrent layer of a cell of one's own, made by defineCell. projSize: the size of its output, where the cell
 * is `projected`.
 *
 * @throws ShapeError if an option is out of its range, or two exclude each other.
 */
export function recurrent<S extends string>(
  cell: Cell<S>,
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions<S> & { projSize?: number } = {},
): Recurrent<S> {
  return layerOf(graphOf(cell), inputSize, hiddenSize, options);
}

/** initialBias: a gate's bias that begins at a constant. */
export function layerOf<S extends string>(
  cell: CellGraph<S>,
  inputSize: number,
  hiddenSize: number,
  options: AnyOptions,
  initialBias?: { readonly [gate: string]: number },
): Recurrent<S> {
  const { reverse, reverseOrder, merge, masked = "repeat", zoneout } = options;
  const [base, ...notes] = cell.name.split(", ");
  // what a checkpoint must agree on and no weight shows
  const more = [
    ...notes,
    reverse && "reverse",
    reverseOrder !== "time" && reverseOrder,
    merge !== "concat" && merge,
    masked !== "repeat" && `masked ${masked}`,
    zoneout && `zoneout ${JSON.stringify(zoneout)}`,
  ];
  const kind = `${base}(${[inputSize, hiddenSize, ...more.filter(Boolean)].join(", ")})`;
  checkSize(`${kind}: inputSize`, inputSize);
  checkSize(`${kind}: hiddenSize`, hiddenSize);
  const told = toldBy(kind, cell, hiddenSize, options);
  return layer(stack(cell, kind, inputSize, hiddenSize, { ...told, ...(initialBias && { initialBias }) }));
}

/** @throws ShapeError */
function toldBy(kind: string, cell: CellGraph, hiddenSize: number, o: AnyOptions): StackOptions {
  const {
    numLayers = 1,
    bidirectional = false,
    reverse = false,
    reverseOrder = "time",
    merge,
    bias = true,
    projSize,
    learnedState = false,
    dropout = 0,
    inputDropout = 0,
    recurrentDropout = 0,
    dropConnect = 0,
    zoneout = 0,
    masked = "repeat",
    ...rest
  } = o;
  nothingElse(kind, o, rest);
  const refuse = (wrong: unknown, why: string): void => {
    if (wrong) throw new ShapeError(`${kind}: ${why}`);
  };
  refuse(bidirectional && reverse, "bidirectional has both directions; leave reverse out.");
  refuse(merge && !bidirectional, "merge is of two directions; add bidirectional, or leave it out.");
  const processed = oneOf(kind, "reverseOrder", reverseOrder, ["time", "processed"]) === "processed";
  refuse(
    processed && !reverse,
    'reverseOrder "processed" is of a reversed layer; add reverse, or leave it out.',
  );
  refuse(
    (projSize !== undefined) !== cell.projected,
    `projSize is ${projSize}; it must be given where the cell is projected, and nowhere else.`,
  );
  if (projSize !== undefined) checkSize(`${kind}: projSize`, projSize);
  refuse(
    (projSize ?? 0) >= hiddenSize,
    `projSize is ${projSize}; it must be below ${hiddenSize}, hiddenSize.`,
  );
  refuse(
    cell.recurrentGates.length === 0 && (recurrentDropout || dropConnect || bias === "recurrent"),
    "the cell has no recurrent weights; leave out what is of them (recurrentDropout, dropConnect, bias).",
  );
  const both = oneOf(kind, "bias", bias, [true, false, "input", "recurrent"]);
  const shares = { dropout, inputDropout, recurrentDropout, dropConnect };
  for (const [name, p] of Object.entries(shares)) share(`${kind}: ${name}`, p);
  return {
    ...shares,
    numLayers: checkSize(`${kind}: numLayers`, numLayers),
    bidirectional,
    reverse,
    bias: both === true ? "both" : both || "none",
    projSize,
    zoneout: zoneoutOf(kind, cell.states, zoneout),
    learnedState,
    merge: oneOf(kind, "merge", merge ?? "concat", ["concat", "sum", "mean", "product"]),
    processed,
    masked: oneOf(kind, "masked", masked, ["repeat", "zero"]),
  };
}

/** The share of each state. */
function zoneoutOf(
  kind: string,
  states: readonly string[],
  given: number | { readonly [state: string]: number | undefined },
): Record<string, number> {
  const byState = typeof given === "number" ? Object.fromEntries(states.map((s) => [s, given])) : given;
  const shares = Object.entries(byState).map(([name, p = 0]) => {
    if (!states.includes(name)) throw unknown(`${kind}: zoneout`, "state", name, states);
    return [name, share(`${kind}: zoneout of ${name}`, p)] as const;
  });
  return Object.fromEntries(shares.filter(([, p]) => p > 0));
}
