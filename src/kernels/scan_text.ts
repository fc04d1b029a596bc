// Prints a cell's step as the WGSL that shaders/scan.wgsl is linked with, floor 2: registers, the products of
// src/kernels/scan_products.ts, and phase after phase of the cell for the units that an invocation owns.

import type { CellGraph } from "../cells/cell.js";
import { keyOf, type Place } from "../cells/expr.js";
import type { Program } from "../cells/program.js";
import { indent, range } from "./lines.js";
import { partsOfSum } from "./parts.js";
import { type ScanLayout, type ScanPhase, scanThreads } from "./scan_layout.js";
import { type ProductsText, printProducts } from "./scan_products.js";
import { type Registers, register, registersOf } from "./scan_registers.js";
import { productsOf } from "./step_layout.js";
import { loopsOf, maskedOf, type Part } from "./step_part.js";
import { ownedBy, printLayer, printProducts as printProductsOfUnit } from "./step_text.js";
import { inMemory, printMasked, printPhase } from "./step_text_phase.js";
import { array } from "./step_text_places.js";

export interface ScanText extends ProductsText {
  readonly cell: CellGraph;
  readonly live: boolean;
  readonly chunked: boolean;
}

export function printScan(
  program: Program,
  layout: ScanLayout,
  parts: readonly Part[],
  how: ScanText,
): string {
  const { tile, H, cell, backward, live, chunked } = how;
  const pairs = Math.ceil((tile * H) / scanThreads);
  const registers = registersOf(cell, program, backward, maskedReads(parts));
  const whole = live && !chunked ? "length_of(sequence(min(tile, params.B - 1u)))" : "params.T";
  const each = (call: (i: number) => string): string[] => range(pairs).map(call);
  const owned = (call: string): string[] => each((i) => `if own_is[${i}] { ${call.replace("#", `${i}u`)} }`);
  return [
    `const TILE = ${tile}u;`,
    `const H = ${H}u;`,
    `const FED = ${tile * layout.fed}u;`,
    ...printLayer(how),
    `var<workgroup> fed: array<f32, ${tile * layout.fed}>;`, // [places, TILE, H]: what exchanges are fed with
    `var<workgroup> partial: array<f32, ${tile * layout.partial}>;`, // what they give, in parts
    ...["r", "j", "b"].map((name) => `var<private> own_${name}: array<u32, ${pairs}>;`),
    `var<private> own_is: array<bool, ${pairs}>;`,
    ...registers.all.map((place) => `var<private> own_${keyOf(place)}: array<f32, ${pairs}>;`),
    ...registers.fetched.map((place) => `var<private> next_${keyOf(place)}: array<f32, ${pairs}>;`),
    `fn tile_length(tile: u32) -> u32 { return ${whole}; }`,
    ...printProducts(layout, how),
    "fn own(l: u32, tile: u32, d: u32) {",
    ...indent(each((i) => `own_unit(${i}u, l + ${i * scanThreads}u, tile);`)),
    "  own_rows(l, d);",
    "}",
    "fn own_unit(i: u32, item: u32, tile: u32) {",
    "  own_r[i] = item / H;",
    "  own_j[i] = item % H;",
    "  own_b[i] = sequence(min(tile + item / H, params.B - 1u));",
    "  own_is[i] = item < TILE * H && tile + item / H < params.B;",
    "}",
    ...printMoves(registers, how, owned),
    ...program.phases.flatMap((_, e) => printUnits(e, program, layout, parts[e], registers, how)),
    "fn run_step(l: u32, t: u32, next: u32, d: u32) {",
    ...indent(printOrder(program, layout, owned)),
    "}",
    "",
  ].join("\n");
}

/** What masked steps read beside what steps do. */
function maskedReads(parts: readonly Part[]): Place[] {
  return maskedOf(parts[0], "head").adds ? [{ in: "dy", index: 0 }] : [];
}

/** fetch, take, load_states, store_states. */
function printMoves(registers: Registers, how: ScanText, owned: (call: string) => string[]): string[] {
  const { fetched, carried, stored } = registers;
  const names = "let b = own_b[i];\n  let j = own_j[i];";
  const move = (name: string, lines: readonly string[]): string[] => [
    `fn ${name}_one(i: u32, t: u32, d: u32) {`,
    `  ${names}`,
    ...indent(lines),
    "}",
    `fn ${name}(t: u32, d: u32) {`,
    ...indent(owned(`${name}_one(#, t, d);`)),
    "}",
  ];
  return [
    ...move(
      "fetch",
      fetched.map((place) => `next_${keyOf(place)}[i] = ${inMemory(place)};`),
    ),
    "fn take() {",
    ...indent(owned("take_one(#);")),
    "}",
    "fn take_one(i: u32) {",
    ...indent(fetched.map((place) => `${register(place)} = next_${keyOf(place)}[i];`)),
    "}",
    ...move(
      "load_states",
      carried.map((place) => `${register(place)} = ${initial(place, how)};`),
    ),
    ...move(
      "store_states",
      stored.map((place) => `${inMemory(place)} = ${register(place)};`),
    ),
  ];
}

/**
 * What goes on, before the first step of a dispatch. Where lengths differ, the initial state of a direction that reads
 * from the end lies after its sequence's last step; that of a chunk is handed on to the chunk's own end.
 */
function initial(place: Place, { live, chunked }: ScanText): string {
  const isByLength = place.in === "before" && live && !(chunked && place.index > 0);
  if (!isByLength) return inMemory(place);
  const slot = "select(t, min(t + 2u, length_of(b) + 1u), is_reversed(d))";
  return `${array(place)}[row_of(${slot}, b, d) * ${place.index === 0 ? "params.P" : "params.H"} + j]`;
}

/** Phase e for the i-th unit that an invocation owns; feed_e: what the next exchange is fed with. */
function printUnits(
  e: number,
  program: Program,
  layout: ScanLayout,
  part: Part,
  registers: Registers,
  how: ScanText,
): string[] {
  const phase = program.phases[e];
  const isLast = e === program.phases.length - 1;
  const exchanges = e === 0 ? [] : given(layout.phases[e - 1], part, how);
  const moved = isLast
    ? registers.states.map(({ before, after }) => `${register(before)} = ${register(after)};`)
    : [];
  const next = isLast ? [] : layout.phases[e].fed;
  const feeds = next.map((place, slot) => `fed[(${slot}u * TILE + own_r[i]) * H + j] = ${register(place)};`);
  const does = phase.stores.length > 0 || exchanges.length > 0;
  return [
    ...(does
      ? [
          `fn phase_${e}(i: u32, t: u32, d: u32) {`,
          "  let b = own_b[i];",
          "  let j = own_j[i];",
          ...printMasked(part, e === 0 ? "head" : "tail", registers),
          ...indent(exchanges),
          ...printPhase(phase, how.cell, registers),
          ...indent(moved),
          "}",
        ]
      : []),
    ...(isLast ? [] : [`fn feed_${e}(i: u32) {`, "  let j = own_j[i];", ...indent(feeds), "}"]),
  ];
}

/** What the exchanges of a phase gave a unit: their parts, added in order. */
function given(layout: ScanPhase, part: Part, { tile, H }: ScanText): string[] {
  const { phase, groups, rows, parts, own: isOwn, sums } = layout;
  const added = phase.exchanges.flatMap((_, e) => {
    const at = sums.indexOf(e);
    const from = `partial[${tile * rows * parts}u + (r * ${sums.length}u + ${at}u) * ${partsOfSum}u`;
    const products = groups
      .filter(({ exchange }) => exchange === e)
      .flatMap(({ first, rows: own }) => {
        const unit = own < H ? `min(j, ${own - 1}u)` : "j"; // of a projected output the others are nobody's
        return range(parts).map((q) => `partial[r * ${rows * parts}u + ${q * rows + first}u + ${unit}]`);
      });
    const shared = at < 0 ? products : ["0.0", ...range(partsOfSum).map((q) => `${from} + ${q}u]`)];
    const reads = at < 0 && isOwn ? [`e${e}_0_0`] : shared;
    return reads.map((read, n) => (n > 0 ? `e${e} += ${read};` : `var e${e} = ${read};`));
  });
  return ["let r = own_r[i];", ...(isOwn ? printOwn(layout, part) : []), ...added];
}

/** All products of a unit of a sequence, as a step has them. */
function printOwn({ phase, parts, fed }: ScanPhase, part: Part): string[] {
  const own = { ...part, parts, tile: 1 };
  const loops = loopsOf(phase.exchanges, part.cell).filter((loop) => productsOf(loop).length > 0);
  const products = loops.flatMap((loop) => {
    const index = fed.findIndex((place) => keyOf(place) === keyOf(loop.fed));
    const here = { ...loop, fed: { in: "fed", index } as const };
    return ["{", ...printProductsOfUnit(here, phase, own, ownedBy(own)), "}"];
  });
  return ["let j0 = j;", ...phase.exchanges.map((_, e) => `var e${e}_0_0 = 0.0;`), ...products];
}

/** A step: two barriers for each exchange, a third after a phase that reads what its exchange is fed with. */
function printOrder(program: Program, { phases }: ScanLayout, owned: (call: string) => string[]): string[] {
  const begins = program.phases[0].stores.length > 0;
  return [
    ...(begins ? owned("phase_0(#, t, d);") : []),
    ...owned("feed_0(#);"),
    "fetch(next, d);",
    ...phases.flatMap(({ own }, n) => [
      "workgroupBarrier();",
      `products_${n + 1}(l);`,
      "workgroupBarrier();",
      ...owned(`phase_${n + 1}(#, t, d);`),
      ...(own ? ["workgroupBarrier();"] : []),
      ...(n + 1 < phases.length ? owned(`feed_${n + 1}(#);`) : []),
    ]),
  ];
}
