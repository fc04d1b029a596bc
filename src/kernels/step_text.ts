// Prints a cell's phases as the WGSL that shaders/step.wgsl is linked with, floor 2: the exchanges of a
// dispatch, and the straight-line arithmetic of one unit. What is printed is the cell; the loop over steps
// and sequences stands in the shader.

import type { Phase } from "../cells/program.js";
import { printReader } from "./half.js";
import { codes } from "./live.js";
import { partsOfSum } from "./parts.js";
import { type Loop, loopsOf, type Part } from "./step_part.js";
import { memory, printMasked, printPhase } from "./step_text_phase.js";
import { array, base, columns, printLive, startOf } from "./step_text_places.js";

const finish = "fn finish(t: u32, b: u32, d: u32, own: u32, part: u32, l: u32)";

/** Invocations of a workgroup. */
const threads = 64;
/** Sequences that are many to write a phase out for. */
const long = 8;

/** The text, without the shader and its activations. */
export function printPart(part: Part): string {
  const { cell, tail, head, tile } = part;
  const multiplies = tail?.exchanges.some(({ product }) => product) ?? false;
  return [
    `const TILE = ${tile}u;`,
    `const UNITS = ${unitsOf(part)}u;`,
    ...printLayer(part, multiplies),
    ...(tail ? printExchanges(tail, part) : [`${finish} {}`]),
    "fn begin(t: u32, b: u32, d: u32, j: u32) {",
    ...(head ? [...printMasked(part, "head", memory), ...printPhase(head, cell, memory)] : []),
    "}",
    "",
  ].join("\n");
}

/** Units that a workgroup owns. */
export function unitsOf({ parts, split }: Part): number {
  return split ? threads / parts : threads;
}

/** What step and scan say of a layer. */
export function printLayer(part: Pick<Part, "cell" | "backward" | "half" | "live">, reads = true): string[] {
  const { cell, backward, half = false, live } = part;
  return [
    `const BACKWARD = ${backward};`,
    `const SLOTS = ${cell.slots}u;`, // of the pre-activations
    `const ROWS = ${cell.rows.R.length}u;`, // blocks of R, and of W
    `const INPUT_ROWS = ${cell.rows.W.length}u;`,
    ...printLive(live),
    ...(reads ? [printReader("weight_at", backward ? "weights" : "packed", half)] : []),
  ];
}

/** Words of workgroup memory: of each part of each term of each exchange, where invocations share a unit. */
export function sharedWords({ tail, cell, tile, split }: Part): number {
  if (!tail || !split) return 0;
  return loopsOf(tail.exchanges, cell).reduce((n, loop) => n + productsOf(loop).length, 0) * tile * threads;
}

const productsOf = ({ sums }: Loop) => sums.filter(({ matrix }) => matrix);

/** The exchanges of a phase for TILE sequences, then the phase for each of them. */
function printExchanges(phase: Phase, part: Part): string[] {
  const { tile, live, cell, parts, split } = part;
  const sequences = Array.from({ length: tile }, (_, i) => i);
  const loops = loopsOf(phase.exchanges, cell);
  const lines: string[] = [];
  const emit = (...more: string[]): void => {
    lines.push(...more.map((line) => `  ${line}`));
  };
  if (split) emit("let j = min(own, params.H - 1u);");
  else emit("if own >= params.H {", "  return;", "}", "let j = own;");
  for (const i of sequences) emit(`let b${i} = sequence(min(b + ${i}u, params.B - 1u));`);
  phase.exchanges.forEach((_, e) => {
    for (const i of sequences) emit(`var e${e}_${i} = 0.0;`);
  });
  // A tile of which no sequence has this step sums nothing.
  const isThere = live ? sequences.map((i) => `code(t, b${i}) == ${codes.live}u`).join(" || ") : "true";
  let slot = 0;
  const gathered: string[] = [];
  emit(`if ${isThere} {`);
  for (const loop of loops) {
    const products = productsOf(loop);
    if (products.length === 0) continue;
    if (split) emit("  {"); // each loop has its own names
    emit(...printProducts(loop, phase, part).map((line) => `  ${line}`));
    if (!split) continue;
    for (const { exchange, term } of products) {
      for (const i of sequences) {
        const at = slot++ * threads;
        emit(`  shared_parts[${at}u + l] = p${exchange}_${i};`);
        for (let q = 0; q < parts; q += 1) {
          const read = `shared_parts[${at + (q * threads) / parts}u + l]`;
          gathered.push(`e${exchange}_${i} ${term + q === 0 ? "=" : "+="} ${read};`);
        }
      }
    }
    emit("  }");
  }
  emit("}");
  if (split) emit("workgroupBarrier();", "if part != 0u || own >= params.H {", "  return;", "}", ...gathered);
  for (const loop of loops) {
    if (productsOf(loop).length < loop.sums.length) emit(...printSum(loop, tile));
  }
  emit(...printFinishes(phase, tile));
  const given = phase.exchanges.map((_, e) => `, e${e}: f32`).join("");
  return [
    ...(split ? [`var<workgroup> shared_parts: array<f32, ${sharedWords(part)}>;`] : []),
    `${finish} {`,
    ...lines,
    "}",
    `fn finish_one(t: u32, b: u32, d: u32, j: u32${given}) {`,
    ...printMasked(part, "tail", memory),
    ...printPhase(phase, cell, memory),
    "}",
  ];
}

/** The phase for each sequence: written out where they are few, else in a loop, since compilers write it out each time. */
function printFinishes({ exchanges }: Phase, tile: number): string[] {
  const sequences = Array.from({ length: tile }, (_, i) => i);
  const each = (of: (e: number) => string): string => exchanges.map((_, e) => `, ${of(e)}`).join("");
  if (tile < long) {
    const calls = sequences.map((i) => `finish_one(t, b${i}, d, j${each((e) => `e${e}_${i}`)});`);
    return calls.map((call, i) => (i === 0 ? call : `if b + ${i}u < params.B { ${call} }`));
  }
  return [
    `var given: array<array<f32, ${exchanges.length}>, ${tile}>;`,
    ...sequences.flatMap((i) => exchanges.map((_, e) => `given[${i}][${e}] = e${e}_${i};`)),
    `for (var i = 0u; i < ${tile}u && b + i < params.B; i++) {`,
    `  finish_one(t, sequence(b + i), d, j${each((e) => `given[i][${e}]`)});`,
    "}",
  ];
}

/** Part after part of the products of a loop, added to their exchanges; or the part of this invocation alone. */
function printProducts(loop: Loop, phase: Phase, part: Part): string[] {
  const { tile, parts, split, backward } = part;
  const sequences = Array.from({ length: tile }, (_, i) => i);
  const products = productsOf(loop);
  const lines: string[] = [];
  const K = `params.${loop.depth}`;
  const q = split ? "part" : "q";
  for (const i of sequences) lines.push(`let at${i} = ${base(loop.fed, `b${i}`)};`);
  products.forEach(({ matrix, exchange, term }, n) => {
    const { start, stride } = columns(matrix as NonNullable<typeof matrix>, backward); // productsOf left no other
    lines.push(`let column${n} = ${start};`, `let stride${n} = ${stride};`);
    lines.push(`let start${n} = ${startOf(part, phase.exchanges[exchange].product, term)};`);
  });
  const sums = products.flatMap(({ exchange }, n) => {
    const start = parts === 1 ? `start${n}` : `select(0.0, start${n}, ${q} == 0u)`;
    return sequences.map((i) => `var p${exchange}_${i} = ${start};`);
  });
  const length = `((${K} + ${parts - 1}u) / ${parts}u)`;
  const range =
    parts === 1 ? `var k = 0u; k < ${K}` : `var k = ${q} * ${length}; k < min(${K}, (${q} + 1u) * ${length})`;
  const body = [
    `for (${range}; k++) {`,
    ...sequences.map((i) => `  let u${i} = ${array(loop.fed)}[at${i} + k];`),
    ...products.flatMap(({ exchange }, n) => [
      `  let w${n} = weight_at(column${n} + k * stride${n});`,
      ...sequences.map((i) => `  p${exchange}_${i} += w${n} * u${i};`),
    ]),
    "}",
  ];
  if (split) return [...lines, ...sums, ...body];
  const added = products.flatMap(({ exchange, term }) =>
    sequences.map((i) => {
      const sum = `e${exchange}_${i}`;
      const p = `p${exchange}_${i}`;
      if (term > 0) return `${sum} += ${p};`;
      return parts === 1 ? `${sum} = ${p};` : `${sum} = select(${sum} + ${p}, ${p}, q == 0u);`;
    }),
  );
  const each = [...sums, ...body, ...added];
  if (parts === 1) return ["{", ...[...lines, ...each].map((line) => `  ${line}`), "}"];
  const looped = [`for (var q = 0u; q < ${parts}u; q++) {`, ...each.map((line) => `  ${line}`), "}"];
  return ["{", ...[...lines, ...looped].map((line) => `  ${line}`), "}"];
}

/** A sum over the units, part after part. */
function printSum({ fed, depth, sums }: Loop, tile: number): string[] {
  const K = `params.${depth}`;
  const length = `((${K} + ${partsOfSum - 1}u) / ${partsOfSum}u)`;
  const exchanges = sums.filter(({ matrix }) => !matrix).map(({ exchange }) => exchange);
  return Array.from({ length: tile }, (_, i) => [
    `for (var q = 0u; q < ${partsOfSum}u; q++) {`,
    "  var p = 0.0;",
    `  for (var k = q * ${length}; k < min(${K}, (q + 1u) * ${length}); k++) {`,
    `    p += ${array(fed)}[${base(fed, `b${i}`)} + k];`,
    "  }",
    ...exchanges.map((e) => `  e${e}_${i} += p;`),
    "}",
  ]).flat();
}
