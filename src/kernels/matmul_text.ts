// Prints what shaders/matmul.wgsl is linked with for one form of the product, floor 2: its sizes as literals, how
// four numbers of an operand are read at once, and a thread's block of sums, unrolled.

import { printOp } from "../cells/print.js";

/**
 * How a workgroup shares out C: threads down and across, each with a block of rows and columns (multiples of 4);
 * depth: how many k's lie in workgroup memory at a time (a multiple of 4), 0 where threads read A and B themselves.
 */
export interface Tile {
  readonly threads: readonly [down: number, across: number];
  readonly block: readonly [rows: number, columns: number];
  readonly depth: number;
}

/**
 * How four numbers of an operand are read: one after the other along k, by threads that neighbour along k or along
 * the other dimension, whichever lies closer; or as one vec4f along k, or along the other.
 */
export type Reading = "k" | "other" | "vec4 k" | "vec4 other";

export interface Form {
  readonly tile: Tile;
  readonly a: Reading;
  readonly b: Reading;
  /** Whether C is a vec4f, too. */
  readonly c: boolean;
  /** Whether k may end within a tile's depth. */
  readonly tail: boolean;
  /** Whether k lies by two levels of stride. */
  readonly levels: boolean;
  readonly ones: boolean;
  /** Of which there is a table: those rows, or those k. */
  readonly live?: "rows" | "depth" | undefined;
  readonly activation?: "tanh" | "sigmoid" | "relu" | undefined;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const each = (count: number, line: (i: number) => string): string => range(count).map(line).join("\n");

export function sizesOf({ threads, block }: Tile): { M: number; N: number; threads: number } {
  return { M: threads[0] * block[0], N: threads[1] * block[1], threads: threads[0] * threads[1] };
}

/** An operand in workgroup memory: vec4f along k, [size][depth / 4 + 1], or along the other, [depth][size / 4]. */
function inMemory(reading: Reading, size: number, depth: number): number {
  return reading === "vec4 other" ? (depth * size) / 4 : size * (depth / 4 + 1);
}

export function workgroupBytes({ tile, a, b }: Form): number {
  const { M, N } = sizesOf(tile);
  return tile.depth === 0 ? 0 : 16 * (inMemory(a, M, tile.depth) + inMemory(b, N, tile.depth));
}

/** a_four(at, k, end) and what it needs: numbers at k and after it, 0 from `end` on. */
function reader(x: "a" | "b", { [x]: reading, tail, levels, live }: Form): string {
  const array = x.toUpperCase();
  const within = (zero: string, value: string): string =>
    tail ? `select(${zero}, ${value}, k < end)` : value;
  const k = live === "depth" ? "live[1u + k]" : "k";
  const at = levels ? `two_levels(${k}, params.s, params.${x}_k1, params.${x}_k)` : `${k} * params.${x}_k`;
  const four = `fn ${x}_four(at: u32, k: u32, end: u32) -> vec4f`;
  if (reading.startsWith("vec4")) {
    return `${four} { return ${within("vec4f()", `${array}[(at + ${at}) / 4u]`)}; }`;
  }
  const one = (i: number): string => `${x}_one(at, k + ${i}u, end)`;
  return `
fn ${x}_one(at: u32, k: u32, end: u32) -> f32 { return ${within("0.0", `${array}[at + ${at}]`)}; }
${four} { return vec4f(${range(4).map(one).join(", ")}); }`;
}

/** Which rows and which k there are, and how C is read and written. */
function surroundings({ live, c, activation, a, b }: Form): string {
  const count = (which: string, all: string): string => (live === which ? "live[0]" : `params.${all}`);
  const f = (x: string): string => (activation ? `function_of(${x})` : x);
  const results = range(4).map((i) => f(`sums[${i}]`));
  return `
fn rows() -> u32 { return ${count("rows", "M")}; }
fn depth() -> u32 { return ${count("depth", "K")}; }
fn row_at(m: u32) -> u32 { return ${live === "rows" ? "live[1u + m]" : "m"}; }
const A_EACH = ${a === "vec4 other" ? 4 : 1}u;
const B_EACH = ${b === "vec4 other" ? 4 : 1}u;
fn c_four(at: u32) -> vec4f { return ${c ? "C[at / 4u]" : "vec4f(C[at], C[at + 1u], C[at + 2u], C[at + 3u])"}; }
fn store_four(at: u32, n: u32, sums: vec4f) {
${
  c
    ? `C[at / 4u] = vec4f(${results.join(", ")});`
    : each(4, (i) => `if n + ${i}u < params.N { C[at + ${i}u] = ${results[i]}; }`)
}
}
${activation ? `fn function_of(x: f32) -> f32 { return ${printOp(activation, "x")}; }` : ""}`;
}

/** A thread's sums: block rows, in groups of up to four, by groups of four columns. */
function blockOf({ threads: [down, across], block: [rows, columns] }: Tile) {
  const group = Math.min(rows, 4);
  return {
    rows: range(rows).map((i) => ({
      group: Math.floor(i / group),
      within: i % group,
      /** The row within the tile, and its group. */
      at: `(${group}u * (row + ${down * Math.floor(i / group)}u) + ${i % group}u)`,
    })),
    groups: range(rows / group).map((i) => `(row + ${down * i}u)`),
    columns: range(columns / 4).map((j) => `(column + ${across * j}u)`),
  };
}

const four = (of: (i: number) => string): string => `mat4x4f(${range(4).map(of).join(", ")})`;

/** The loop over k by way of workgroup memory: the next tiles are read while sums are made of these. */
function throughMemory(form: Form): { places: string; products: string } {
  const { tile } = form;
  const { depth } = tile;
  const { M, N, threads } = sizesOf(tile);
  const block = blockOf(tile);
  const stride = depth / 4 + 1;
  const operand = (x: "a" | "b", size: number, base: (i: string) => string) => {
    const { [x]: reading } = form;
    const slots = (depth * size) / 4;
    const loads = Math.ceil(slots / threads);
    const isAcross = reading === "vec4 other";
    const inner = isAcross ? size / 4 : reading === "other" ? size : depth / 4;
    const place = (i: number): string => {
      const [low, high] = [`(${x}_slot${i} % ${inner}u)`, `(${x}_slot${i} / ${inner}u)`];
      const [other, k] = reading === "k" || reading === "vec4 k" ? [high, low] : [low, high];
      // four columns of a thread lie apart, so that neighbouring threads read neighbouring places
      const position = x === "b" ? `(${other} % 4u * ${size / 4}u + ${other} / 4u)` : other;
      return `let ${x}_slot${i} = thread + ${i * threads}u;
let ${x}_at${i} = ${base(isAcross ? `4u * ${other}` : other)};
let ${x}_k${i} = ${isAcross ? k : `4u * ${k}`};
let ${x}_to${i} = ${isAcross ? `${k} * ${size / 4}u + ${other}` : `${position} * ${stride}u + ${k}`};`;
    };
    const there = (i: number, line: string): string =>
      (i + 1) * threads > slots ? `if ${x}_slot${i} < ${slots}u { ${line} }` : line;
    const read = (i: number, k: string): string =>
      there(i, `${x}_next${i} = ${x}_four(${x}_at${i}, ${k} + ${x}_k${i}, end);`);
    return {
      places: each(loads, place),
      first: each(loads, (i) => `var ${x}_next${i} = vec4f();\n${read(i, "begin")}`),
      next: each(loads, (i) => read(i, "next")),
      put: each(loads, (i) => there(i, `${x}_tile[${x}_to${i}] = ${x}_next${i};`)),
    };
  };
  const A = operand("a", M, (m) => `a_row(first_m + ${m}, z)`);
  const B = operand("b", N, (n) => `b_column(first_n + ${n}, z)`);
  const b = (at: string): string =>
    form.b === "vec4 other"
      ? four((i) => `b_tile[(4u * k + ${i}u) * ${N / 4}u + ${at}]`)
      : `transpose(${four((i) => `b_tile[(${(i * N) / 4}u + ${at}) * ${stride}u + k]`)})`;
  const aGroup = (at: string): string =>
    `transpose(${four((i) => `a_tile[(4u * k + ${i}u) * ${M / 4}u + ${at}]`)})`;
  const isAcross = form.a === "vec4 other";
  const ones = isAcross
    ? `for (var k = 0u; k < ${depth}u; k++) { ones += a_tile[k * ${M / 4}u + thread / 4u][thread % 4u]; }`
    : `for (var k = 0u; k < ${depth / 4}u; k++) { ones = add_ones(ones, a_tile[thread * ${stride}u + k]); }`;
  return {
    places: `${A.places}\n${B.places}`,
    products: `
${A.first}
${B.first}
${form.ones ? `let sums_ones = thread < ${M}u && group.x == 0u;` : ""}
for (var first = begin; first < end; first += ${depth}u) {
${A.put}
${B.put}
workgroupBarrier();
let next = first + ${depth}u;
if next < end {
${A.next}
${B.next}
}
for (var k = 0u; k < ${depth / 4}u; k++) {
${block.columns.map((at, j) => `let b${j} = ${b(at)};`).join("\n")}
${isAcross ? block.groups.map((at, i) => `let a${i} = ${aGroup(at)};`).join("\n") : ""}
${block.rows
  .map(({ group, within, at }, i) =>
    [
      isAcross ? `let row${i} = a${group}[${within}];` : `let row${i} = a_tile[${at} * ${stride}u + k];`,
      ...block.columns.map((_, j) => `sums${i}_${j} = add(sums${i}_${j}, row${i}, b${j});`),
    ].join("\n"),
  )
  .join("\n")}
}
${form.ones ? `if sums_ones { ${ones} }` : ""}
workgroupBarrier();
}`,
  };
}

/** The loop over k where each thread reads what it multiplies. */
function straight(form: Form): { places: string; products: string } {
  const block = blockOf(form.tile);
  const [isAcross, isBAcross] = [form.a === "vec4 other", form.b === "vec4 other"];
  const a = isAcross
    ? block.groups.map((at, i) => `let a_at${i} = a_row(first_m + 4u * ${at}, z);`)
    : block.rows.map(({ at }, i) => `let a_at${i} = a_row(first_m + ${at}, z);`);
  const b = block.columns.flatMap((at, j) =>
    range(isBAcross ? 1 : 4).map((i) => `let b_at${j}_${i} = b_column(first_n + 4u * ${at} + ${i}u, z);`),
  );
  const bBlock = (j: number): string =>
    isBAcross
      ? four((i) => `b_four(b_at${j}_0, k + ${i}u, end)`)
      : `transpose(${four((i) => `b_four(b_at${j}_${i}, k, end)`)})`;
  return {
    places: [...a, ...b].join("\n"),
    products: `
${form.ones ? "let sums_ones = column == 0u && group.x == 0u;" : ""}
for (var k = begin; k < end; k += 4u) {
${block.columns.map((_, j) => `let b${j} = ${bBlock(j)};`).join("\n")}
${
  isAcross
    ? block.groups
        .map((_, i) => `let a${i} = transpose(${four((q) => `a_four(a_at${i}, k + ${q}u, end)`)});`)
        .join("\n")
    : ""
}
${block.rows
  .map(({ group, within }, i) =>
    [
      isAcross ? `let row${i} = a${group}[${within}];` : `let row${i} = a_four(a_at${i}, k, end);`,
      ...block.columns.map((_, j) => `sums${i}_${j} = add(sums${i}_${j}, row${i}, b${j});`),
    ].join("\n"),
  )
  .join("\n")}
${form.ones ? `if sums_ones { ${block.rows.map((_, i) => `ones${i} = add_ones(ones${i}, row${i});`).join(" ")} }` : ""}
}`,
  };
}

/** The shader's text with this form's printed in. */
export function printMatmul(shader: string, form: Form): string {
  const { tile } = form;
  const { M, N, threads } = sizesOf(tile);
  const block = blockOf(tile);
  const { places, products } = tile.depth > 0 ? throughMemory(form) : straight(form);
  const c = (at: (row: { at: string }, column: string, i: number, j: number) => string): string =>
    block.rows.flatMap((row, i) => block.columns.map((column, j) => at(row, column, i, j))).join("\n");
  const sums = c(
    ({ at }, n, i, j) => `var sums${i}_${j} = start(first_m + ${at}, first_n + 4u * ${n}, group.z);`,
  );
  const stored = c(
    ({ at }, n, i, j) => `store(first_m + ${at}, first_n + 4u * ${n}, group.z, sums${i}_${j});`,
  );
  // of one thread the sum of one row, or of its rows
  const ones = form.ones
    ? tile.depth > 0
      ? [{ name: "ones", m: "first_m + thread" }]
      : block.rows.map(({ at }, i) => ({ name: `ones${i}`, m: `first_m + ${at}` }))
    : [];
  const onesAt = (m: string): string => `C[params.ones_0 + group.z * params.ones_z + row_at(${m})]`;
  return [
    `const TILE_M = ${M}u;\nconst TILE_N = ${N}u;\nconst ACROSS = ${tile.threads[1]}u;`,
    tile.depth === 0
      ? ""
      : `var<workgroup> a_tile: array<vec4f, ${inMemory(form.a, M, tile.depth)}>;
var<workgroup> b_tile: array<vec4f, ${inMemory(form.b, N, tile.depth)}>;`,
    surroundings(form),
    reader("a", form),
    reader("b", form),
    shader
      .replace("@workgroup_size(256)", `@workgroup_size(${threads})`)
      .replace("places();", `${places}\n${sums}`)
      .replace(
        "products();",
        `${ones.map(({ name, m }) => `var ${name} = 0.0;\nif params.accumulate != 0u && ${m} < rows() { ${name} = ${onesAt(m)}; }`).join("\n")}${products}`,
      )
      .replace(
        "stores();",
        `${stored}\n${ones.map(({ name, m }) => `if sums_ones && ${m} < rows() { ${onesAt(m)} = ${name}; }`).join("\n")}`,
      ),
  ].join("\n");
}
