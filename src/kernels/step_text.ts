// Prints a cell's phases as the WGSL that shaders/step.wgsl is linked with, floor 2: the exchanges of a
// dispatch, and the straight-line arithmetic of one unit. What is printed is the cell; the loop over steps
// and sequences stands in the shader.

import type { CellGraph } from "../cells/cell.js";
import type { Expr, Place } from "../cells/expr.js";
import { literal, Names, printArithmetic } from "../cells/print.js";
import type { Phase } from "../cells/program.js";
import { dropoutParams } from "./dropout.js";
import { codes } from "./live.js";
import { loopsOf, type Part } from "./step_part.js";
import { array, base, columns, printLive, printMasked } from "./step_text_places.js";

/** The text, without the shader and its activations. */
export function printPart(part: Part): string {
  const { cell, tail, head, backward, tile, live } = part;
  return [
    `const TILE = ${tile}u;`,
    `const BACKWARD = ${backward};`,
    `const SLOTS = ${cell.slots}u;`, // of the pre-activations
    `const ROWS = ${cell.rows.R.length}u;`, // blocks of R
    ...printLive(live),
    ...(tail ? printExchanges(tail, part) : [`fn finish(t: u32, b: u32, d: u32, j: u32) {}`]),
    "fn begin(t: u32, b: u32, d: u32, j: u32) {",
    ...(head ? [...printMasked(part, "head"), ...printPhase(head, cell)] : []),
    "}",
    "",
  ].join("\n");
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
    ...printMasked(part, "tail"),
    ...printPhase(phase, cell),
    "}",
  ];
}

/** What does not lie in memory. */
function printRead({ in: space, index }: Place, { masks }: CellGraph): string | undefined {
  if (space === "units") return "1.0 / f32(params.H)";
  if (space === "bound") return "gradient_bound()";
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
