// Prints a cell's phases as the WGSL that shaders/step.wgsl is linked with, floor 2: the exchanges of a
// dispatch, and the straight-line arithmetic of one unit. What is printed is the cell; the loop over steps
// and sequences stands in the shader.

import type { Phase } from "../cells/program.js";
import { printReader } from "./half.js";
import { indent, range } from "./lines.js";
import { codes } from "./live.js";
import { partsOfSum } from "./parts.js";
import { productsOf, sharedWords, threads, unitsOf } from "./step_layout.js";
import { type Loop, loopsOf, type Part } from "./step_part.js";
import { memory, printMasked, printPhase } from "./step_text_phase.js";
import {
  array,
  base,
  columns,
  printInput,
  printLive,
  readsFours,
  rowOf,
  startOf,
} from "./step_text_places.js";

const finish = "fn finish(t: u32, b: u32, d: u32, own: u32, part: u32, l: u32)";

/** The text, without the shader and its activations. */
export function printPart(part: Part): string {
  const { cell, tail, head, tile, lies = false } = part;
  const multiplies = tail?.exchanges.some(({ product }) => product) ?? false;
  return [
    `const TILE = ${tile}u;`,
    `const UNITS = ${unitsOf(part)}u;`, // of a workgroup, and so far apart are those of an invocation
    `const ACROSS = ${Math.min(threads, unitsOf(part))}u;`,
    ...printLayer(part, multiplies && !lies),
    ...printInput(part),
    ...(lies ? ["fn weight_one(i: u32) -> f32 { return weights[i / 4u][i % 4u]; }"] : []),
    ...(tail ? printExchanges(tail, part) : [`${finish} {}`]),
    "fn begin(t: u32, b: u32, d: u32, j: u32) {",
    ...(head ? [...printMasked(part, "head", memory), ...printPhase(head, cell, memory)] : []),
    "}",
    "",
  ].join("\n");
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

/** What an invocation owns: each of its units of each of its sequences. */
interface Owned {
  readonly sequences: readonly number[];
  readonly units: readonly number[];
  /** Names end so. */
  readonly all: readonly { readonly name: string; readonly i: number; readonly u: number }[];
}

export function ownedBy({ tile, units = 1 }: Part): Owned {
  const all = range(tile).flatMap((i) => range(units).map((u) => ({ name: `${i}_${u}`, i, u })));
  return { sequences: range(tile), units: range(units), all };
}

/** The exchanges of a phase for what an invocation owns, then the phase for each of it. */
function printExchanges(phase: Phase, part: Part): string[] {
  const { live, cell, parts, split } = part;
  const owned = ownedBy(part);
  const { sequences, units, all } = owned;
  const loops = loopsOf(phase.exchanges, cell);
  const lines: string[] = [];
  if (!split) lines.push("if own >= params.H {", "  return;", "}");
  for (const u of units) lines.push(`let j${u} = min(own + ${threads * u}u, params.H - 1u);`);
  for (const i of sequences) lines.push(`let b${i} = sequence(min(b + ${i}u, params.B - 1u));`);
  phase.exchanges.forEach((_, e) => {
    for (const { name } of all) lines.push(`var e${e}_${name} = 0.0;`);
  });
  const products: string[] = [];
  const gathered: string[] = [];
  let slot = 0;
  for (const loop of loops) {
    const each = productsOf(loop);
    if (each.length === 0) continue;
    const shared: string[] = [];
    for (const { exchange, term } of split ? each : []) {
      for (const { name } of all) {
        const at = slot++ * threads;
        shared.push(`shared_parts[${at}u + l] = p${exchange}_${name};`);
        for (let q = 0; q < parts; q += 1) {
          const read = `shared_parts[${at + (q * threads) / parts}u + l]`;
          gathered.push(`e${exchange}_${name} ${term + q === 0 ? "=" : "+="} ${read};`);
        }
      }
    }
    // each loop has its own names
    const sums = readsFours(part) ? printRows(loop, phase, part) : printProducts(loop, phase, part, owned);
    products.push("{", ...indent([...sums, ...shared]), "}");
  }
  // A tile of which no sequence has this step sums nothing.
  const isThere = sequences.map((i) => `code(t, b${i}) == ${codes.live}u`).join(" || ");
  lines.push(...(live ? [`if ${isThere} {`, ...indent(products), "}"] : products));
  if (split)
    lines.push("workgroupBarrier();", "if part != 0u || own >= params.H {", "  return;", "}", ...gathered);
  for (const loop of loops) {
    if (productsOf(loop).length < loop.sums.length) lines.push(...printSum(loop, owned));
  }
  const given = phase.exchanges.map((_, e) => `, e${e}: f32`).join("");
  return [
    ...(split ? [`var<workgroup> shared_parts: array<f32, ${sharedWords(part)}>;`] : []),
    `${finish} {`,
    ...indent([...lines, ...printFinishes(phase.exchanges.length, owned)]),
    "}",
    `fn finish_one(t: u32, b: u32, d: u32, j: u32${given}) {`,
    ...printMasked(part, "tail", memory),
    ...printPhase(phase, cell, memory),
    "}",
  ];
}

/** The phase of each: called in a loop where there are many, or the text would take long to compile. */
function printFinishes(exchanges: number, { units, all }: Owned): string[] {
  const U = units.length;
  const values = Array.from({ length: exchanges }, (_, e) => e);
  const isThere = (n: string): string =>
    `b + ${n} / ${U}u < params.B && own + ${threads}u * (${n} % ${U}u) < params.H`;
  const call = (n: string, given: (e: number) => string): string =>
    `finish_one(t, sequence(b + ${n} / ${U}u), d, own + ${threads}u * (${n} % ${U}u)${values.map((e) => `, ${given(e)}`).join("")});`;
  if (all.length < 4) {
    return all.map(({ name }, n) => `if ${isThere(`${n}u`)} { ${call(`${n}u`, (e) => `e${e}_${name}`)} }`);
  }
  const sums = all.flatMap(({ name }) => values.map((e) => `e${e}_${name}`));
  return [
    `var sums = array<f32, ${sums.length}>(${sums.join(", ")});`,
    `for (var n = 0u; n < ${all.length}u; n++) {`,
    `  if ${isThere("n")} {`,
    `    ${call("n", (e) => `sums[${exchanges}u * n + ${e}u]`)}`,
    "  }",
    "}",
  ];
}

/** Part after part of the products of a loop, added to their exchanges; or the part of this invocation alone. */
export function printProducts(
  loop: Loop,
  phase: Phase,
  part: Part,
  { sequences, units, all }: Owned,
): string[] {
  const { parts, split, backward } = part;
  const products = productsOf(loop);
  const K = `params.${loop.depth}`;
  const q = split ? "part" : "q";
  const length = `((${K} + ${parts - 1}u) / ${parts}u)`;
  const first = parts === 1 ? "0u" : `${q} * ${length}`;
  const end = parts === 1 ? K : `min(${K}, (${q} + 1u) * ${length})`;
  /** A text about unit j, about unit u. */
  const of = (text: string, u: number): string => text.replace(/\bj\b/g, `j${u}`);
  // four k's a turn where few sums go on side by side: loads wait for each other less
  const isShort = all.length * products.length <= 16;
  const terms = (ahead: number): string[] => [
    ...sequences.map((i) => `  let u${i} = ${array(loop.fed)}[at${i} + k + ${ahead}u];`),
    ...products.flatMap(({ exchange }, n) => [
      ...units.map((u) => `  let w${n}_${u} = weight_at(column${n}_${u});`),
      ...all.map(({ name, i, u }) => `  p${exchange}_${name} += w${n}_${u} * u${i};`),
      ...units.map((u) => `  column${n}_${u} += stride${n};`),
    ]),
  ];
  const places = sequences.map((i) => `let at${i} = ${base(loop.fed, `b${i}`)};`);
  const columns_ = products.flatMap(({ matrix, exchange, term }, n) => {
    const { start, stride } = columns(matrix, backward);
    const from = startOf(part, phase.exchanges[exchange].product, term);
    return [
      `let stride${n} = ${stride};`,
      ...units.flatMap((u) => [
        `var column${n}_${u} = ${of(start, u)} + ${first} * stride${n};`,
        `let start${n}_${u} = ${parts === 1 ? of(from, u) : `select(0.0, ${of(from, u)}, ${q} == 0u)`};`,
      ]),
    ];
  });
  const each = [
    ...columns_,
    ...products.flatMap(({ exchange }, n) =>
      all.map(({ name, u }) => `var p${exchange}_${name} = start${n}_${u};`),
    ),
    `var k = ${first};`,
    ...(isShort
      ? [
          `for (; k + 3u < ${end}; k += 4u) {`,
          ...[0, 1, 2, 3].flatMap((ahead) => ["{", ...terms(ahead), "}"]),
          "}",
        ]
      : []),
    `for (; k < ${end}; k++) {`,
    ...terms(0),
    "}",
  ];
  if (split) return [...places, ...each];
  const added = products.flatMap(({ exchange, term }) =>
    all.map(({ name }) => {
      const [sum, p] = [`e${exchange}_${name}`, `p${exchange}_${name}`];
      if (term > 0) return `${sum} += ${p};`;
      return parts === 1 ? `${sum} = ${p};` : `${sum} = select(${sum} + ${p}, ${p}, q == 0u);`;
    }),
  );
  if (parts === 1) return [...places, ...each, ...added];
  return [...places, `for (var q = 0u; q < ${parts}u; q++) {`, ...indent([...each, ...added]), "}"];
}

/** The products of a loop for one sequence and unit, whose rows are read as they lie: four numbers at a time, in order. */
function printRows(loop: Loop, phase: Phase, part: Part): string[] {
  const { fed, depth } = loop;
  const products = productsOf(loop);
  const parts = ["x", "y", "z", "w"];
  const of = (text: string): string => text.replace(/\bj\b/g, "j0");
  return [
    `let at0 = ${base(fed, "b0")};`,
    ...products.flatMap(({ matrix, exchange, term }, n) => [
      `let row${n} = ${of(`(${rowOf(matrix, part.cell)})`)} / 4u;`,
      `var e${exchange}_part = ${of(startOf(part, phase.exchanges[exchange].product, term))};`,
    ]),
    `for (var four = 0u; four < params.${depth} / 4u; four++) {`,
    ...parts.map((_, i) => `  let u${i} = ${array(fed)}[at0 + 4u * four + ${i}u];`),
    ...products.flatMap(({ exchange }, n) => [
      `  let w${n} = weights[row${n} + four];`,
      ...parts.map((one, i) => `  e${exchange}_part += w${n}.${one} * u${i};`),
    ]),
    "}",
    ...products.map(({ exchange, term }) => `e${exchange}_0_0 ${term > 0 ? "+=" : "="} e${exchange}_part;`),
  ];
}

/** A sum over the units, part after part. */
function printSum({ fed, depth, sums }: Loop, { sequences, all }: Owned): string[] {
  const K = `params.${depth}`;
  const length = `((${K} + ${partsOfSum - 1}u) / ${partsOfSum}u)`;
  const exchanges = sums.filter(({ matrix }) => !matrix).map(({ exchange }) => exchange);
  return sequences.flatMap((i) => [
    `for (var q = 0u; q < ${partsOfSum}u; q++) {`,
    "  var p = 0.0;",
    `  for (var k = q * ${length}; k < min(${K}, (q + 1u) * ${length}); k++) {`,
    `    p += ${array(fed)}[${base(fed, `b${i}`)} + k];`,
    "  }",
    ...exchanges.flatMap((e) => all.filter((one) => one.i === i).map(({ name }) => `  e${e}_${name} += p;`)),
    "}",
  ]);
}
