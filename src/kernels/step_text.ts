// Prints a cell's phases as the WGSL that shaders/step.wgsl is linked with, floor 2: the exchanges of a
// dispatch, and the straight-line arithmetic of one unit. What is printed is the cell; the loop over steps
// and sequences stands in the shader.

import type { CellGraph } from "../cells/cell.js";
import type { Expr, Matrix, Place } from "../cells/expr.js";
import { literal, Names, printArithmetic } from "../cells/print.js";
import type { Exchange, Phase } from "../cells/program.js";
import { printBindings } from "./declarations.js";
import { dropoutParams } from "./dropout.js";
import type { Access } from "./kernel.js";
import { codes } from "./live.js";

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
  /** Whether R has a bias. */
  readonly bias: boolean;
  /** Sequences that an invocation owns. */
  readonly tile: number;
  /** Whether a table says which steps there are. */
  readonly live: boolean;
  /** Whether states but the output are kept of a chunk alone: then steps that are not there hand them on. */
  readonly chunked: boolean;
}

/** Whether a sequence that is masked does anything in this part, and what of its states is written. */
export function carriesStates({ tail, head, backward, live, cell }: Part): boolean {
  const ends = tail ?? head;
  const isLast = ends?.stores.some(({ to }) => to.in === "after" && to.index === 0) ?? false;
  return live && !backward && isLast && cell.states.length > 0;
}

/** Whether a state goes on through steps that are not there. */
export function isHandedOn({ chunked }: Part, state: number): boolean {
  return chunked && state > 0;
}

/** Whether a part takes up what the output's gradient is at masked steps. */
export function takesGradient({ head, backward, live }: Part): boolean {
  return live && backward && head?.loads.some(({ from }) => from.in === "dy") === true;
}

const states = (cell: CellGraph): string[] => cell.states.map((_, s) => `s${s}`);

/** The storage bindings that a part needs, in order. */
export function bindingsOf(part: Part): Record<string, Access> {
  const { cell, tail, head, backward, bias, live } = part;
  const phases = [tail, head].filter((phase) => phase !== undefined);
  const exchanges = phases.flatMap((phase) => phase.exchanges);
  const products = exchanges.flatMap((e) => (e.product ? [e.product] : []));
  const read = [...phases.flatMap((p) => p.loads.map((l) => l.from)), ...exchanges.flatMap((e) => e.fed)];
  const written = phases.flatMap((p) => p.stores.map((s) => s.to));
  const uses = (...spaces: Place["in"][]): boolean =>
    [...read, ...written].some((place) => spaces.includes(place.in));
  const access = (...spaces: Place["in"][]): Access =>
    written.some((place) => spaces.includes(place.in)) ? "read_write" : "read";

  const biased = bias && products.some((p) => p.bias);
  const weights = uses("p") || biased || (backward && products.length > 0);
  const isCarried = carriesStates(part);
  const used = (s: number): boolean =>
    isCarried || [...read, ...written].some((p) => (p.in === "before" || p.in === "after") && p.index === s);
  const writes = (s: number): boolean => isCarried || written.some((p) => p.in === "after" && p.index === s);
  return {
    ...(weights && { weights: "read" as const }),
    ...(!backward && products.length > 0 && { packed: "read" as const }),
    ...(uses("a") && { a: access("a") }),
    ...Object.fromEntries(
      states(cell).flatMap((name, s) => (used(s) ? [[name, writes(s) ? "read_write" : "read"]] : [])),
    ),
    ...(uses("dy") && { dy: "read" as const }),
    ...(uses("carry", "ds") && { carry: "read_write" as const }),
    ...(live && { live: "read u32" as const }),
  };
}

/** Whether a part reads what changes from run to run. */
export function readsRun({ tail, head }: Part): boolean {
  const loads = [...(tail?.loads ?? []), ...(head?.loads ?? [])];
  return loads.some(({ from }) => ["mask", "cut", "bound"].includes(from.in));
}

/** The text, without the shader and its activations. */
export function printPart(part: Part): string {
  const { cell, tail, head, backward, tile, live } = part;
  const direction = backward ? "backward" : "forward";
  return [
    `// The step ${direction} of the cell "${cell.name}".`,
    `const TILE = ${tile}u;`,
    `const BACKWARD = ${backward};`,
    `const SLOTS = ${cell.slots}u;  // of the pre-activations`,
    `const ROWS = ${cell.rows.R.length}u;  // blocks of R`,
    ...printBindings(bindingsOf(part), readsRun(part)),
    ...printLive(live),
    ...(tail ? printExchanges(tail, part) : [`fn finish(t: u32, b: u32, d: u32, j: u32) {}`]),
    "fn begin(t: u32, b: u32, d: u32, j: u32) {",
    ...(head ? [...printMasked(part, !tail, takesGradient(part)), ...printPhase(head, cell)] : []),
    "}",
    "",
  ].join("\n");
}

/** Which sequences there are: all, or those of a table, of which the longest come first. */
function printLive(live: boolean): string[] {
  const order = "1u + params.T * params.B + params.B";
  return [
    `fn sequence(n: u32) -> u32 { return ${live ? `live[${order} + n]` : "n"}; }`,
    `fn length_of(b: u32) -> u32 { return ${live ? "live[1u + params.T * params.B + b]" : "params.T"}; }`,
    `fn code(t: u32, b: u32) -> u32 { return ${live ? `live[${order} + params.B + t * params.B + b]` : "1u"}; }`,
  ];
}

/** What a phase does with a sequence that has no such step: nothing, or, where it is masked, what it must. */
function printMasked(part: Part, isLast: boolean, takes: boolean): string[] {
  const { cell, live } = part;
  if (!live) return [];
  const lines = ["let does = code(t, b);", `if does != ${codes.live}u {`];
  if (isLast && carriesStates(part)) {
    cell.states.forEach((_, index) => {
      const [to, from]: Place[] = [
        { in: "after", index },
        { in: "before", index },
      ];
      const copies = `${array(to)}[${base(to, "b")} + j] = ${array(from)}[${base(from, "b")} + j];`;
      const conditions = [
        isHandedOn(part, index) ? "" : `does != ${codes.absent}u`,
        index === 0 && cell.projected ? "j < params.P" : "",
      ].filter(Boolean);
      lines.push(conditions.length > 0 ? `  if ${conditions.join(" && ")} { ${copies} }` : `  ${copies}`);
    });
  }
  if (takes) {
    const [to, from]: Place[] = [
      { in: "carry", index: 0 },
      { in: "dy", index: 0 },
    ];
    const adds = `${array(to)}[${base(to, "b")} + j] += ${array(from)}[${base(from, "b")} + j];`;
    lines.push(`  if does == ${codes.repeated}u && j < params.P { ${adds} }`);
  }
  return [...lines, "  return;", "}"].map((line) => `  ${line}`);
}

/** Where the number of unit 0 of sequence b lies at time t; unit k lies k further. */
function base({ in: space, index }: Place, b: string): string {
  const [H, P] = ["params.H", "params.P"];
  const [width, time] = index === 0 ? [P, "t"] : [H, "within(t, d)"];
  switch (space) {
    case "a":
      return `(row_of(within(t, d), ${b}, d) * SLOTS + ${index}u) * ${H}`;
    case "before":
      return `row_of(slot_before(${time}, d), ${b}, d) * ${width}`;
    case "after":
      return `row_of(${time} + 1u, ${b}, d) * ${width}`;
    case "carry":
      return `row_of(${index}u, ${b}, d) * ${H}`;
    case "ds":
      return `params.ds + (((${index}u * params.D + d) * params.T + t) * params.B + ${b}) * ${H}`;
    case "p":
      return `params.p + (${index}u * params.D + d) * ${H}`;
    default:
      return `row_of(t, ${b}, d) * ${P}`;
  }
}

function array({ in: space, index }: Place): string {
  if (space === "before" || space === "after") return `s${index}`;
  if (space === "ds") return "carry";
  return space === "p" ? "weights" : space;
}

/**
 * Where a matrix's first number for unit j lies, and how far one k is from the next. Units lie side by side.
 */
function columns({ block, index }: Matrix, backward: boolean): { start: string; stride: string } {
  const [H, P] = ["params.H", "params.P"];
  // A further matrix is [P, H], where it is packed [H, P].
  if (block === "M") {
    return { start: `params.M + (${index}u * params.D + d) * ${H} * ${P} + j`, stride: backward ? H : P };
  }
  return backward
    ? { start: `params.R + (d * ROWS + ${index}u) * ${H} * ${P} + j`, stride: P }
    : { start: `params.R + d * ROWS * ${H} * ${P} + ${index}u * ${H} + j`, stride: `ROWS * ${H}` };
}

/** The exchanges of a phase for TILE sequences, then the phase for each of them. */
function printExchanges(phase: Phase, part: Part): string[] {
  const { backward, tile, bias, live, cell } = part;
  const sequences = Array.from({ length: tile }, (_, i) => i);
  const lines: string[] = [];
  const emit = (line: string): void => {
    lines.push(`  ${line}`);
  };
  for (const i of sequences) emit(`let b${i} = sequence(min(b + ${i}u, params.B - 1u));`);
  phase.exchanges.forEach((exchange, e) => {
    const row = exchange.product?.matrices[0]?.index ?? 0;
    const start =
      bias && exchange.product?.bias ? `weights[params.bias + (d * ROWS + ${row}u) * params.H + j]` : "0.0";
    for (const i of sequences) emit(`var e${e}_${i} = ${start};`);
  });
  // A tile of which no sequence has this step sums nothing.
  const isThere = live ? sequences.map((i) => `code(t, b${i}) == ${codes.live}u`).join(" || ") : "";
  for (const loop of loopsOf(phase.exchanges, cell)) {
    emit(live ? `if ${isThere} {` : "{");
    for (const i of sequences) emit(`  let at${i} = ${base(loop.fed, `b${i}`)};`);
    loop.sums.forEach(({ matrix }, n) => {
      if (!matrix) return;
      const { start, stride } = columns(matrix, backward);
      emit(`  let column${n} = ${start};`);
      emit(`  let stride${n} = ${stride};`);
    });
    emit(`  for (var k = 0u; k < params.${loop.isNarrow ? "P" : "H"}; k++) {`);
    for (const i of sequences) emit(`    let u${i} = ${array(loop.fed)}[at${i} + k];`);
    loop.sums.forEach(({ matrix, exchange }, n) => {
      if (matrix) emit(`    let w${n} = ${backward ? "weights" : "packed"}[column${n} + k * stride${n}];`);
      for (const i of sequences) emit(`    e${exchange}_${i} += ${matrix ? `w${n} * ` : ""}u${i};`);
    });
    emit("  }");
    emit("}");
  }
  for (const i of sequences) {
    const given = phase.exchanges.map((_, e) => `, e${e}_${i}`).join("");
    const call = `finish_one(t, b${i}, d, j${given});`;
    emit(i === 0 ? call : `if b + ${i}u < params.B { ${call} }`);
  }
  const given = phase.exchanges.map((_, e) => `, e${e}: f32`).join("");
  return [
    "fn finish(t: u32, b: u32, d: u32, j: u32) {",
    ...lines,
    "}",
    `fn finish_one(t: u32, b: u32, d: u32, j: u32${given}) {`,
    ...printMasked(part, true, false),
    ...printPhase(phase, cell),
    "}",
  ];
}

interface Loop {
  readonly fed: Place;
  /** Whether it goes over P numbers, not over H. */
  readonly isNarrow: boolean;
  readonly sums: { readonly exchange: number; readonly matrix: Matrix | undefined }[];
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
      const sum = { exchange, matrix: e.product?.matrices[term] };
      if (shared) shared.sums.push(sum);
      else loops.push({ fed, isNarrow: isNarrow(e.value.args[term]), sums: [sum] });
    });
  }
  return loops;
}

/** What does not lie in memory. */
function printRead({ in: space, index }: Place, { masks }: CellGraph): string | undefined {
  if (space === "units") return "1.0 / f32(params.H)";
  if (space === "bound") return "select(0x1p126f, run.clip_recurrent, run.clip_recurrent > 0.0)";
  if (space === "cut") return "gradient_kept(t, b, d)";
  if (space !== "mask") return undefined;
  const { p, scale, each } = masks[index];
  const key = `mask_key(${index}u, ${each === "step" ? "t" : "NONE"}, b, d)`;
  return `select(${literal(scale)}, 0.0, mix2(${key}, j) < ${dropoutParams(p).threshold}u)`;
}

/** Loads, arithmetic, stores. All loads come first: a store may go where a load came from. */
function printPhase({ exchanges, loads, arithmetic, stores }: Phase, cell: CellGraph): string[] {
  const names = new Names();
  exchanges.forEach(({ value }, e) => {
    names.set(value, `e${e}`);
  });
  const loaded = loads.map(({ value, from }: { value: Expr; from: Place }) => {
    const read = printRead(from, cell) ?? `${array(from)}[${base(from, "b")} + j]`;
    return `let ${names.fresh(value)} = ${read};`;
  });
  const computed = printArithmetic(arithmetic, names);
  const stored = stores.map(({ value, to, add }) => {
    const store = `${array(to)}[${base(to, "b")} + j] ${add ? "+=" : "="} ${names.of(value)};`;
    return cell.isNarrow(value) ? `if j < params.P { ${store} }` : store;
  });
  return [...loaded, ...computed, ...stored].map((line) => `  ${line}`);
}
