// How much a call brings, floor 5: read off the shapes of its tensors, within what was declared. A bare array
// has as much as the others say, or as was declared.

import { ShapeError } from "../errors.js";
import { show } from "./edge.js";
import type { Given } from "./feed.js";
import type { Sizes } from "./layout.js";
import type { Trace } from "./trace.js";

/** What a plan is made for. */
export interface Call {
  readonly sizes: Sizes;
  /** Optional inputs that are given, but for initial states, which are zero where they are left out. */
  readonly open: ReadonlySet<string>;
}

/** What tensors say, by input. */
interface Brought {
  /** Sequences, and steps of those over time. */
  readonly B: ReadonlyMap<string, number>;
  readonly T: ReadonlyMap<string, number>;
  readonly unbatched: boolean;
  readonly open: ReadonlySet<string>;
}

/**
 * The sizes of a call within those that were declared.
 *
 * @throws ShapeError if it brings more than that, or if its inputs disagree.
 */
export function callOf(where: string, trace: Trace, declared: Sizes, given: Given): Call {
  const { batchFirst = true, batchSize, sequenceLength } = declared;
  const { B, T, unbatched, open } = brought(trace, given, batchFirst, batchSize === 1);
  const batch = within(where, B, "sequences", "batchSize", batchSize);
  const steps = typeof sequenceLength === "number" ? sequenceLength : { ...sequenceLength };
  const sizes = { batchSize: batch, batchFirst, unbatched };
  if (typeof steps === "number") {
    return { sizes: { ...sizes, sequenceLength: within(where, T, "steps", "sequenceLength", steps) }, open };
  }
  for (const [name, length] of T) {
    const most = steps[name] ?? steps.x ?? length;
    steps[name] = within(where, new Map([[name, length]]), "steps", "sequenceLength", most);
  }
  return { sizes: { ...sizes, sequenceLength: steps }, open };
}

/**
 * The sizes of a call for which none were declared: each input over time must have a shape.
 *
 * @throws ShapeError if one has none, or if inputs disagree about the number of sequences.
 */
export function wholeCallOf(where: string, trace: Trace, given: Given, batchFirst: boolean): Call {
  const { B, T, unbatched, open } = brought(trace, given, batchFirst, true);
  for (const [name, edge] of trace.inputs) {
    if (T.has(name) || (edge.shape.axes !== "sequence" && B.size > 0)) continue;
    if (given[name] === undefined && trace.optional.has(name)) continue;
    const found = given[name] === undefined ? "missing" : "no such tensor";
    throw new ShapeError(`${where}: ${name} is ${found}; it must be ${show(edge)}. Give { shape, data }.`);
  }
  const batchSize = within(where, B, "sequences", "batchSize", B.values().next().value ?? 1);
  const sizes = { batchSize, sequenceLength: Object.fromEntries(T), batchFirst, unbatched };
  return { sizes, open };
}

/** Names sizes: calls of one key, with the same optional inputs, have one plan. */
export function keyOf({ batchSize, sequenceLength, unbatched = false }: Sizes): string {
  return JSON.stringify([batchSize, sequenceLength, unbatched]);
}

/** canBeOne: whether a tensor without the axis of sequences is one sequence. */
function brought(trace: Trace, given: Given, batchFirst: boolean, canBeOne: boolean): Brought {
  const B = new Map<string, number>();
  const T = new Map<string, number>();
  const open = new Set<string>();
  let unbatched = false;
  for (const [name, edge] of trace.inputs) {
    const value = given[name];
    if (value === undefined) continue;
    if (trace.optional.has(name) && !trace.initial.has(name)) open.add(name);
    const { axes, type } = edge.shape;
    const rank = (axes === "vector" ? 1 : 2) + (type === "int" ? 0 : 1);
    const shape = shapeOf(value);
    if (shape?.length === rank) {
      const at = axes === "state" || (axes === "sequence" && !batchFirst) ? 1 : 0;
      B.set(name, shape[at]);
      if (axes === "sequence") T.set(name, shape[1 - at]);
    } else if (canBeOne && shape?.length === rank - 1) {
      unbatched = true;
      B.set(name, 1);
      if (axes === "sequence") T.set(name, shape[0]);
    }
  }
  return { B, T, unbatched, open };
}

function shapeOf(value: unknown): readonly number[] | undefined {
  if (typeof value !== "object" || value === null || !("shape" in value)) return undefined;
  return Array.isArray(value.shape) ? value.shape : undefined;
}

/** What all say; the most where none does. */
function within(
  where: string,
  by: ReadonlyMap<string, number>,
  what: string,
  option: string,
  most: number,
): number {
  const [first, ...rest] = by;
  if (!first) return most;
  const [name, count] = first;
  const other = rest.find(([, n]) => n !== count);
  if (other) {
    throw new ShapeError(
      `${where}: ${name} has ${count} ${what}, ${other[0]} has ${other[1]}; they must have as many. Give equals.`,
    );
  }
  if (count >= 1 && count <= most) return count;
  throw new ShapeError(
    `${where}: ${name} has ${count} ${what}; it must have from 1 to ${most}, the ${option}. ` +
      "Give no more.",
  );
}
