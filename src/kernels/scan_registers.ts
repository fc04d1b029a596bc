// Which numbers of a scan are an invocation's own, floor 2: what lies in memory on the way of a dispatch a step is in
// registers here from step to step, since the same invocation comes back to the same unit. The order of reads and
// writes is that of memory.

import type { CellGraph } from "../cells/cell.js";
import { keyOf, type Place } from "../cells/expr.js";
import type { Program } from "../cells/program.js";
import { type Access, inMemory } from "./step_text_phase.js";

export interface Registers extends Access {
  /** Every place that has one. */
  readonly all: readonly Place[];
  /** Places that a step reads from memory, ahead of its turn. */
  readonly fetched: readonly Place[];
  /** Places that go on from step to step: loaded before the first step; stored after the last one. */
  readonly carried: readonly Place[];
  readonly stored: readonly Place[];
  /** States: what is after a step is before the next. */
  readonly states: readonly { readonly before: Place; readonly after: Place }[];
}

/** Spaces that are nobody's memory, or hang on nothing but the step. */
const apart: readonly Place["in"][] = ["mask", "cut", "bound", "units"];

export function registersOf(
  cell: CellGraph,
  { phases }: Program,
  backward: boolean,
  masked: readonly Place[],
): Registers {
  const all = new Map<string, Place>();
  const fetched = new Map<string, Place>();
  const written = new Set<string>();
  const isCarried = ({ in: space, index }: Place): boolean => {
    if (backward) return space === "carry" && index < cell.states.length + cell.parameters.length;
    return space === "before";
  };
  const read = (place: Place): void => {
    if (apart.includes(place.in)) return;
    const key = keyOf(place);
    all.set(key, place);
    const isMade = written.has(key) || isCarried(place) || place.in === "p" || place.in === "carry";
    if (!isMade) fetched.set(key, place);
  };
  for (const { exchanges, loads, stores } of phases) {
    for (const { fed } of exchanges) fed.forEach(read);
    for (const { from } of loads) read(from);
    for (const { to } of stores) {
      written.add(keyOf(to));
      if (to.in !== "ds") all.set(keyOf(to), to);
    }
  }
  masked.forEach(read);
  const states = backward
    ? []
    : cell.states.map(
        (_, index) => ({ before: { in: "before", index }, after: { in: "after", index } }) as const,
      );
  for (const place of states.flatMap(({ before, after }) => [before, after])) all.set(keyOf(place), place);
  const places = [...all.values()];
  return {
    all: places,
    fetched: [...fetched.values()],
    carried: places.filter((place) => isCarried(place) || place.in === "p"),
    stored: places.filter((place) => place.in === "carry"), // what only a step itself reads too: memory is as steps leave it
    states,
    read: register,
    store: (place, value, add) => {
      if (place.in === "ds") return `${inMemory(place)} = ${value};`;
      const assigned = `${register(place)} ${add ? "+=" : "="} ${value};`;
      return place.in === "carry" ? assigned : `${assigned} ${inMemory(place)} = ${register(place)};`;
    },
  };
}

/** The register of a place, of the i-th unit that an invocation owns. */
export function register(place: Place): string {
  return `own_${keyOf(place)}[i]`;
}
