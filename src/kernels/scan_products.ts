// The exchanges of a scan as WGSL, floor 2: each invocation multiplies the rows that it owns with what the tile's
// sequences feed them, from registers or streamed, and leaves the parts in workgroup memory.

import type { CellGraph } from "../cells/cell.js";
import { keyOf } from "../cells/expr.js";
import { indent, range } from "./lines.js";
import { partsOfSum } from "./parts.js";
import { type ScanLayout, type ScanPhase, scanThreads } from "./scan_layout.js";
import { columns, startOf } from "./step_text_places.js";

export interface ProductsText {
  readonly cell: CellGraph;
  readonly tile: number;
  readonly H: number;
  readonly P: number;
  readonly backward: boolean;
  readonly bias: boolean;
  readonly biasW?: boolean | undefined;
  readonly resident: boolean;
}

/** Private variables, own_rows(l, d), load_weights() and, for each phase e, products_e(l). */
export function printProducts({ phases }: ScanLayout, how: ProductsText): string[] {
  const held = phases.map((phase, e) => printHeld(phase, e + 1, how));
  return [
    ...held.flatMap(({ variables }) => variables),
    "fn own_rows(l: u32, d: u32) {",
    ...indent(held.flatMap(({ owns }) => owns)),
    "}",
    "fn load_weights() {",
    ...indent(held.flatMap(({ loads }) => loads)),
    "}",
    ...phases.flatMap((phase, e) => printPhaseProducts(phase, e + 1, how)),
  ];
}

/** What an invocation knows of the rows it owns in phase e: where their weights begin, and what they are fed with. */
function printHeld(phase: ScanPhase, e: number, how: ProductsText) {
  const { resident, backward } = how;
  const { items, length, groups, parts, rows } = phase;
  if (items === 0) return { variables: [], owns: [], loads: [] };
  const names = ["column", "stride", "fed_at", "first_k", "count"].map((name) => `${name}_${e}`);
  const [column, stride, , first, count] = names;
  const variables = [
    ...names.map((name) => `var<private> ${name}: array<u32, ${items}>;`),
    `var<private> bias_${e}: array<f32, ${items}>;`,
    ...(resident ? [`var<private> held_${e}: array<f32, ${items * length}>;`] : []),
  ];
  const owns = range(items).map((i) => `own_row_${e}(${i}u, l + ${i * scanThreads}u, d);`);
  const loads = resident
    ? range(items).flatMap((i) =>
        range(length).map((k) => {
          const read = `weight_at(${column}[${i}] + ${k}u * ${stride}[${i}])`;
          return `held_${e}[${i * length + k}] = select(0.0, ${read}, ${k}u < ${count}[${i}]);`;
        }),
      )
    : [];
  const cases = groups.map(({ matrix, first: before, exchange, term, depth }, g) => {
    const { start, stride: apart } = columns(matrix, backward);
    const last = g === groups.length - 1;
    const from = startOf(how, phase.phase.exchanges[exchange].product, term);
    const slot = phase.fed.findIndex((place) => keyOf(place) === keyOf(groups[g].loop.fed));
    const own = Math.ceil(depth / parts); // of a part of these rows
    return [
      last ? "{" : `if row < ${before + groups[g].rows}u {`,
      `  let j = row - ${before}u;`,
      `  let first = part * ${own}u;`,
      `  let apart = ${apart};`,
      `  ${column}[i] = ${start} + first * apart;`,
      `  ${stride}[i] = apart;`,
      `  fed_at_${e}[i] = ${slot}u * TILE * H;`,
      `  ${count}[i] = min(${depth}u - min(${depth}u, first), ${own}u);`,
      `  ${first}[i] = select(first, 0u, first >= ${depth}u);`, // an empty part reads what is its own
      `  bias_${e}[i] = ${from === "0.0" ? from : `select(0.0, ${from}, part == 0u)`};`,
      last ? "}" : "} else",
    ];
  });
  const function_ = [
    `fn own_row_${e}(i: u32, item: u32, d: u32) {`,
    `  let row = item % ${rows}u;`,
    `  let part = min(item / ${rows}u, ${parts - 1}u);`,
    ...indent(cases.flat()),
    "}",
  ];
  return { variables: [...variables, ...function_], owns, loads };
}

/** The products of phase e and its sums, into `partial`: [TILE, parts, rows], then [TILE, sums, parts]. */
function printPhaseProducts(phase: ScanPhase, e: number, how: ProductsText): string[] {
  const { items, rows, parts } = phase;
  const { tile } = how;
  const sequences = range(tile);
  const lines: string[] = [];
  for (const i of range(items)) {
    for (const r of sequences) lines.push(`var x${i}_${r} = bias_${e}[${i}];`);
  }
  if (items > 0) lines.push(...(how.resident ? printResident(phase, e, how) : printStreamed(phase, e, how)));
  for (const i of range(items)) {
    const item = `l + ${i * scanThreads}u`;
    const stores = sequences.map((r) => `partial[${r * rows * parts}u + ${item}] = x${i}_${r};`);
    const isWhole = (i + 1) * scanThreads <= rows * parts;
    lines.push(...(isWhole ? stores : [`if ${item} < ${rows * parts}u {`, ...indent(stores), "}"]));
  }
  return [`fn products_${e}(l: u32) {`, ...indent([...lines, ...printSums(phase, how)]), "}"];
}

/** Whether all rows are fed with the same numbers, and whether some have fewer of them than others. */
function shapeOf({ length, groups, parts }: ScanPhase): { shared: boolean; isUneven: boolean } {
  const isSame = groups.every((group) => keyOf(group.loop.fed) === keyOf(groups[0].loop.fed));
  return { shared: isSame && parts === 1, isUneven: groups.some(({ depth }) => depth !== length * parts) };
}

/** k by k, written out: only constant indices stay in registers. */
function printResident(phase: ScanPhase, e: number, { tile, H }: ProductsText): string[] {
  const { items, length } = phase;
  const { shared, isUneven } = shapeOf(phase);
  const lines: string[] = [];
  for (const i of range(items)) {
    for (const r of range(tile))
      lines.push(`let at${i}_${r} = fed_at_${e}[${i}] + first_k_${e}[${i}] + ${r * H}u;`);
  }
  for (const k of range(length)) {
    // beyond the last k the weight is 0, and meets a number of the same sequence
    const index = (i: number): string => (isUneven ? `min(${k}u, max(count_${e}[${i}], 1u) - 1u)` : `${k}u`);
    for (const r of range(tile)) {
      if (shared) lines.push(`let u${k}_${r} = fed[at0_${r} + ${index(0)}];`);
      for (const i of range(items)) {
        const u = shared ? `u${k}_${r}` : `fed[at${i}_${r} + ${index(i)}]`;
        lines.push(`x${i}_${r} += held_${e}[${i * length + k}] * ${u};`);
      }
    }
  }
  return lines;
}

/** Weights are read as they are needed, neighbours beside each other. */
function printStreamed(phase: ScanPhase, e: number, { tile, H }: ProductsText): string[] {
  const { items, length } = phase;
  const { shared, isUneven } = shapeOf(phase);
  const each: string[] = [];
  const lines: string[] = [];
  for (const i of range(items)) {
    lines.push(`let column${i} = column_${e}[${i}];`, `let stride${i} = stride_${e}[${i}];`);
    lines.push(`let at${i} = fed_at_${e}[${i}] + first_k_${e}[${i}];`);
    const products = range(tile).map((r) => {
      const u = shared ? `u${r}` : `fed[at${i} + ${r * H}u + k]`;
      return `x${i}_${r} += w${i} * ${u};`;
    });
    const body = [`let w${i} = weight_at(column${i} + k * stride${i});`, ...products];
    each.push(...(isUneven ? [`if k < count_${e}[${i}] {`, ...indent(body), "}"] : body));
  }
  const loads = shared ? range(tile).map((r) => `let u${r} = fed[min(at0 + ${r * H}u + k, FED - 1u)];`) : [];
  return [...lines, `for (var k = 0u; k < ${length}u; k++) {`, ...indent([...loads, ...each]), "}"];
}

/** Sums over the units, in parts. */
function printSums(
  { phase, sums, fed, rows, parts }: ScanPhase,
  { tile, H, P, cell }: ProductsText,
): string[] {
  if (sums.length === 0) return [];
  const count = tile * sums.length * partsOfSum;
  const of = (value: (e: number) => number): string =>
    sums.map(value).reduceRight((rest, n, s) => (rest ? `select(${rest}, ${n}u, s == ${s}u)` : `${n}u`), "");
  const slot = of((e) => fed.findIndex((place) => keyOf(place) === keyOf(phase.exchanges[e].fed[0])));
  const depth = of((e) => (cell.isNarrow(phase.exchanges[e].value.args[0]) ? P : H));
  return [
    `for (var item = l; item < ${count}u; item += ${scanThreads}u) {`,
    `  let s = (item / ${partsOfSum}u) % ${sums.length}u;`,
    `  let begin = (${slot} * TILE + item / ${partsOfSum * sums.length}u) * H;`,
    `  let depth = ${depth};`,
    `  let length = (depth + ${partsOfSum - 1}u) / ${partsOfSum}u;`,
    `  let first = (item % ${partsOfSum}u) * length;`,
    "  var sum = 0.0;",
    "  for (var k = first; k < min(depth, first + length); k++) {",
    "    sum += fed[begin + k];",
    "  }",
    `  partial[${tile * rows * parts}u + item] = sum;`,
    "}",
  ];
}
