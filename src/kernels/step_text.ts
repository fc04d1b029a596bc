// Prints a cell's phases as the WGSL that shaders/step.wgsl is linked with, floor 2: the exchanges of a
// dispatch, and the straight-line arithmetic of one unit. What is printed is the cell; the loop over steps
// and sequences stands in the shader.

import type { CellGraph } from "../cells/cell.js";
import type { Expr, Matrix, Place } from "../cells/expr.js";
import { Names, printArithmetic } from "../cells/print.js";
import type { Exchange, Phase } from "../cells/program.js";
import type { Access } from "./kernel.js";

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
}

const states = (cell: CellGraph): string[] => cell.states.map((_, s) => `s${s}`);

/** The storage bindings that a part needs, in order. */
export function bindingsOf({ cell, tail, head, backward, bias }: Part): Record<string, Access> {
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
  const used = (s: number): boolean =>
    [...read, ...written].some((p) => (p.in === "before" || p.in === "after") && p.index === s);
  const writes = (s: number): boolean => written.some((p) => p.in === "after" && p.index === s);
  return {
    ...(weights && { weights: "read" as const }),
    ...(!backward && products.length > 0 && { packed: "read" as const }),
    ...(uses("a") && { a: access("a") }),
    ...Object.fromEntries(
      states(cell).flatMap((name, s) => (used(s) ? [[name, writes(s) ? "read_write" : "read"]] : [])),
    ),
    ...(uses("dy") && { dy: "read" as const }),
    ...(uses("carry") && { carry: "read_write" as const }),
    ...(uses("ds") && { ds: "read_write" as const }),
  };
}

/** The text, without the shader and its activations. */
export function printPart(part: Part): string {
  const { cell, tail, head, backward, tile } = part;
  const declared = Object.entries(bindingsOf(part)).map(([name, access], k) => {
    return `@group(0) @binding(${k + 1}) var<storage, ${access}> ${name}: array<f32>;`;
  });
  const direction = backward ? "backward" : "forward";
  return [
    `// The step ${direction} of the cell "${cell.name}".`,
    `const TILE = ${tile}u;`,
    `const BACKWARD = ${backward};`,
    `const SLOTS = ${cell.slots}u;  // of the pre-activations`,
    `const ROWS = ${cell.rows.R.length}u;  // blocks of R`,
    ...declared,
    ...(tail ? printExchanges(tail, part) : [`fn finish(t: u32, b: u32, d: u32, j: u32) {}`]),
    "fn begin(t: u32, b: u32, d: u32, j: u32) {",
    ...(head ? printPhase(head) : []),
    "}",
    "",
  ].join("\n");
}

/** Where the number of unit 0 of sequence b lies at time t; unit k lies k further. */
function base(place: Place, b: string): string {
  const H = "params.H";
  if (place.in === "a") return `(row_of(t, ${b}, d) * SLOTS + ${place.index}u) * ${H}`;
  if (place.in === "before") return `row_of(slot_before(t, d), ${b}, d) * ${H}`;
  if (place.in === "after") return `row_of(t + 1u, ${b}, d) * ${H}`;
  if (place.in === "carry") return `row_of(${place.index}u, ${b}, d) * ${H}`;
  if (place.in === "ds")
    return `(((${place.index}u * params.D + d) * params.T + t) * params.B + ${b}) * ${H}`;
  if (place.in === "p") return `params.p + (${place.index}u * params.D + d) * ${H}`;
  return `row_of(t, ${b}, d) * ${H}`;
}

function array(place: Place): string {
  if (place.in === "before" || place.in === "after") return `s${place.index}`;
  return place.in === "p" ? "weights" : place.in;
}

/**
 * Where a matrix's first number for unit j lies, and how far one k is from the next. Units lie side by side.
 */
function columns({ block, index }: Matrix, backward: boolean): { start: string; stride: string } {
  const H = "params.H";
  if (block === "M") return { start: `params.M + (${index}u * params.D + d) * ${H} * ${H} + j`, stride: H };
  return backward
    ? { start: `params.R + (d * ROWS + ${index}u) * ${H} * ${H} + j`, stride: H }
    : { start: `params.R + d * ROWS * ${H} * ${H} + ${index}u * ${H} + j`, stride: `ROWS * ${H}` };
}

/** The exchanges of a phase for TILE sequences, then the phase for each of them. */
function printExchanges(phase: Phase, part: Part): string[] {
  const { backward, tile, bias } = part;
  const sequences = Array.from({ length: tile }, (_, i) => i);
  const lines: string[] = [];
  const emit = (line: string): void => {
    lines.push(`  ${line}`);
  };
  for (const i of sequences) emit(`let b${i} = min(b + ${i}u, params.B - 1u);`);
  phase.exchanges.forEach((exchange, e) => {
    const row = exchange.product?.matrices[0]?.index ?? 0;
    const start =
      bias && exchange.product?.bias ? `weights[params.bias + (d * ROWS + ${row}u) * params.H + j]` : "0.0";
    for (const i of sequences) emit(`var e${e}_${i} = ${start};`);
  });
  for (const loop of loopsOf(phase.exchanges)) {
    emit("{");
    for (const i of sequences) emit(`  let at${i} = ${base(loop.fed, `b${i}`)};`);
    loop.sums.forEach(({ matrix }, n) => {
      if (!matrix) return;
      const { start, stride } = columns(matrix, backward);
      emit(`  let column${n} = ${start};`);
      emit(`  let stride${n} = ${stride};`);
    });
    emit("  for (var k = 0u; k < params.H; k++) {");
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
    const call = `finish_one(t, b + ${i}u, d, j${given});`;
    emit(i === 0 ? call : `if b + ${i}u < params.B { ${call} }`);
  }
  const given = phase.exchanges.map((_, e) => `, e${e}: f32`).join("");
  return [
    "fn finish(t: u32, b: u32, d: u32, j: u32) {",
    ...lines,
    "}",
    `fn finish_one(t: u32, b: u32, d: u32, j: u32${given}) {`,
    ...printPhase(phase),
    "}",
  ];
}

interface Loop {
  readonly fed: Place;
  readonly sums: { readonly exchange: number; readonly matrix: Matrix | undefined }[];
}

/**
 * Loops over k: sums that are fed with the same numbers share one; the terms of one sum stay in their order.
 */
export function loopsOf(exchanges: readonly Exchange[]): Loop[] {
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
      else loops.push({ fed, sums: [sum] });
    });
  }
  return loops;
}

/** Loads, arithmetic, stores. All loads come first: a store may go where a load came from. */
function printPhase({ exchanges, loads, arithmetic, stores }: Phase): string[] {
  const names = new Names();
  exchanges.forEach(({ value }, e) => {
    names.set(value, `e${e}`);
  });
  const loaded = loads.map(({ value, from }: { value: Expr; from: Place }) => {
    const read = from.in === "units" ? "1.0 / f32(params.H)" : `${array(from)}[${base(from, "b")} + j]`;
    return `let ${names.fresh(value)} = ${read};`;
  });
  const computed = printArithmetic(arithmetic, names);
  const stored = stores.map(({ value, to, add }) => {
    return `${array(to)}[${base(to, "b")} + j] ${add ? "+=" : "="} ${names.of(value)};`;
  });
  return [...loaded, ...computed, ...stored].map((line) => `  ${line}`);
}
