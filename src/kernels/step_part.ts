// A part of a cell's step, floor 2: which of a program's phases one dispatch runs, what it binds, and over what
// its exchanges loop. What src/kernels/step_text.ts prints and src/kernels/step_cpu.ts computes.

import type { CellGraph } from "../cells/cell.js";
import type { Matrix, Place, Product } from "../cells/expr.js";
import type { Exchange, Phase } from "../cells/program.js";
import type { Access } from "./kernel.js";

/**
 * Stands for no step, in the parameters tail and head, and for all of them. Below 2^30: a larger number an engine
 * keeps in a box, and reading a field that may hold one allocates.
 */
export const NONE = 0x3fffffff;

/** Which of a program's phases one dispatch runs, and how. */
export interface Part {
  readonly cell: CellGraph;
  /** What finishes a step: the last phase, with its exchange. */
  readonly tail: Phase | undefined;
  /** What begins one: phase 0. */
  readonly head: Phase | undefined;
  readonly backward: boolean;
  /** Whether R has a bias; whether W has, where its product is the step's. */
  readonly bias: boolean;
  readonly biasW?: boolean | undefined;
  /** Whether x is the row of a table that a token names. */
  readonly named?: boolean | undefined;
  /** Forward: whether the packed copy of the weights is of float16. */
  readonly half?: boolean;
  /** Sequences that an invocation owns. */
  readonly tile: number;
  /** Step: units that an invocation owns, 1 unless given. */
  readonly units?: number;
  /** Parts that the tail's products are cut into; whether each is an invocation's. */
  readonly parts: number;
  readonly split: boolean;
  /** Forward: whether matrices are read as they lie among the weights, a row's numbers side by side; else packed. */
  readonly lies?: boolean;
  /** Whether a subgroup shares a unit: it reads them so. */
  readonly subgroups?: boolean;
  /** Whether a table says which steps there are. */
  readonly live: boolean;
  /** Whether states but the output are kept of a chunk alone: then steps that are not there hand them on. */
  readonly chunked: boolean;
}

/** Whether a sequence that is masked does anything in this part, and what of its states is written. */
function carriesStates({ tail, head, backward, live, cell }: Part): boolean {
  const ends = tail ?? head;
  const isLast = ends?.stores.some(({ to }) => to.in === "after" && to.index === 0) ?? false;
  return live && !backward && isLast && cell.states.length > 0;
}

/** Whether a state goes on through steps that are not there. */
export function isHandedOn({ chunked }: Part, state: number): boolean {
  return chunked && state > 0;
}

/** What a part's tail or head does with a sequence whose step is masked. */
export interface Masked {
  /** Forward: hands its states on. */
  readonly carries: boolean;
  /** Backward: bounds its states' gradients; adds what the output's gradient is. */
  readonly bounds: boolean;
  readonly adds: boolean;
}

export function maskedOf(part: Part, of: "tail" | "head"): Masked {
  const { tail, head, backward, live } = part;
  const ends = of === "tail" || tail === undefined;
  const reads = (what: "dy" | "cut"): boolean =>
    live && backward && of === "head" && head?.loads.some(({ from }) => from.in === what) === true;
  return { carries: ends && carriesStates(part), bounds: reads("cut"), adds: reads("dy") };
}

const states = (cell: CellGraph): string[] => cell.states.map((_, s) => `s${s}`);

/** Sizes of a layer's units, of its output's, and of its input. */
export type Widths = Readonly<Record<"H" | "P" | "I", number>>;

/** Whether a product's sums start from a bias. */
export function isBiased(
  { bias, biasW }: Pick<Part, "bias" | "biasW">,
  { matrices, bias: asked }: Product,
): boolean {
  return asked && (matrices[0].block === "W" ? biasW === true : bias);
}

/** The storage bindings that parts need together, in order. */
export function bindingsOf(parts: readonly Part[]): Record<string, Access> {
  const { cell, backward, named, half, live, lies = false, subgroups = false } = parts[0];
  const phases = parts.flatMap(({ tail, head }) => [tail, head]).filter((phase) => phase !== undefined);
  const exchanges = phases.flatMap((phase) => phase.exchanges);
  const products = exchanges.flatMap((e) => (e.product ? [e.product] : []));
  const read = [...phases.flatMap((p) => p.loads.map((l) => l.from)), ...exchanges.flatMap((e) => e.fed)];
  const written = phases.flatMap((p) => p.stores.map((s) => s.to));
  const uses = (...spaces: Place["in"][]): boolean =>
    [...read, ...written].some((place) => spaces.includes(place.in));
  const access = (...spaces: Place["in"][]): Access =>
    written.some((place) => spaces.includes(place.in)) ? "read_write" : "read";

  const biased = products.some((p) => isBiased(parts[0], p));
  const isPacked = products.length > 0 && !backward && !lies;
  const weights = uses("p") || biased || (products.length > 0 && !isPacked);
  const isCarried = parts.some(carriesStates);
  const used = (s: number): boolean =>
    isCarried || [...read, ...written].some((p) => (p.in === "before" || p.in === "after") && p.index === s);
  const writes = (s: number): boolean => isCarried || written.some((p) => p.in === "after" && p.index === s);
  return {
    ...(weights && { weights: lies && !subgroups ? ("read vec4f" as const) : ("read" as const) }),
    ...(isPacked && { packed: half ? ("read u32" as const) : ("read" as const) }),
    ...(uses("a") && { a: access("a") }),
    ...Object.fromEntries(
      states(cell).flatMap((name, s) => (used(s) ? [[name, writes(s) ? "read_write" : "read"]] : [])),
    ),
    ...(uses("x") && { x: "read" as const, ...(named && { tokens: "read u32" as const }) }),
    ...(uses("dy") && { dy: "read" as const }),
    ...(uses("carry", "ds") && { carry: "read_write" as const }),
    ...(live && { live: "read u32" as const }),
  };
}

/** Whether a place stands for what is not in memory, and hangs on the run. */
export function isDrawn({ in: space }: Place): boolean {
  return space === "mask" || space === "cut" || space === "bound";
}

/** Whether a part reads what changes from run to run. */
export function readsRun({ tail, head }: Part): boolean {
  return [...(tail?.loads ?? []), ...(head?.loads ?? [])].some(({ from }) => isDrawn(from));
}

export interface Loop {
  readonly fed: Place;
  /** Over how many numbers it goes: units, numbers of the output, or of the input. */
  readonly depth: "H" | "P" | "I";
  /** Which of an exchange's terms. */
  readonly sums: { readonly exchange: number; readonly term: number; readonly matrix: Matrix | undefined }[];
}

/**
 * Loops over k: sums that are fed with the same numbers share one; the terms of one sum stay in their order.
 */
export function loopsOf(exchanges: readonly Exchange[], { isNarrow }: Pick<CellGraph, "isNarrow">): Loop[] {
  const loops: Loop[] = [];
  const terms = Math.max(0, ...exchanges.map((e) => e.fed.length));
  for (let term = 0; term < terms; term++) {
    const first = loops.length;
    exchanges.forEach((e, exchange) => {
      const fed = e.fed[term];
      if (!fed) return;
      const shared = loops.slice(first).find((l) => l.fed.in === fed.in && l.fed.index === fed.index);
      const sum = { exchange, term, matrix: e.product?.matrices[term] };
      if (shared) shared.sums.push(sum);
      else loops.push({ fed, depth: depthOf(fed, isNarrow(e.value.args[term])), sums: [sum] });
    });
  }
  return loops;
}

function depthOf({ in: space }: Place, isNarrow: boolean): Loop["depth"] {
  if (space === "x") return "I";
  return isNarrow ? "P" : "H";
}

/** Floating-point operations of a phase for one unit of one sequence, its exchanges included. */
export function flopsOfUnit({ exchanges, arithmetic }: Phase, cell: CellGraph, widths: Widths): number {
  const loops = loopsOf(exchanges, cell);
  const terms = loops.reduce((n, { depth, sums }) => n + widths[depth] * sums.length, 0);
  return 2 * terms + arithmetic.length;
}
