// Prints what shaders/matmul.wgsl is linked with for one form of the product, floor 2: its sizes as literals, how
// four numbers of an operand are read at once, how C is written.

import activations from "../../shaders/activations.wgsl?raw";
import shader from "../../shaders/matmul.wgsl?raw";
import { printOp } from "../cells/print.js";
import { printReader } from "./half.js";
import { link } from "./kernel.js";
import { range } from "./lines.js";
import { type Form, memoryOf, sizesOf } from "./matmul_form.js";
import { blockOf, straight, throughMemory } from "./matmul_loop.js";

/** a_four(at, k, end) and what it needs: numbers at k and after it, 0 from `end` on. */
function reader(x: "a" | "b", { [x]: reading, tail, levels, live, half = false }: Form): string {
  const array = x.toUpperCase();
  const isHalf = x === "b" && half;
  const within = (zero: string, value: string): string =>
    tail ? `select(${zero}, ${value}, k < end)` : value;
  const k = live === "depth" ? "live[1u + k]" : "k";
  const at = levels.includes("k")
    ? `two_levels(${k}, params.s, params.${x}_k1, params.${x}_k)`
    : `${k} * params.${x}_k`;
  const four = `fn ${x}_four(at: u32, k: u32, end: u32) -> vec4f`;
  if (reading.startsWith("vec4")) {
    const word = (i: number): string => `unpack2x16float(B[(at + ${at}) / 2u + ${i}u])`;
    const value = isHalf ? `vec4f(${word(0)}, ${word(1)})` : `${array}[(at + ${at}) / 4u]`;
    return `${four} { return ${within("vec4f()", value)}; }`;
  }
  const one = (i: number): string => `${x}_one(at, k + ${i}u, end)`;
  return `
${printReader(`${x}_number`, array, isHalf)}
fn ${x}_one(at: u32, k: u32, end: u32) -> f32 { return ${within("0.0", `${x}_number(at + ${at})`)}; }
${four} { return vec4f(${range(4).map(one).join(", ")}); }`;
}

/** Which rows and which k there are, and how C is read and written. */
function surroundings({ live, c, activation, a, b, levels }: Form): string {
  const count = (which: string, all: string): string => (live === which ? "live[0]" : `params.${all}`);
  const place = (x: "a" | "c"): string =>
    levels.includes(x) ? `two_levels(row, params.r, params.${x}_m1, params.${x}_m)` : `row * params.${x}_m`;
  const f = (x: string): string => (activation ? `function_of(${x})` : x);
  const results = range(4).map((i) => f(`sums[${i}]`));
  return `
fn rows() -> u32 { return ${count("rows", "M")}; }
fn depth() -> u32 { return ${count("depth", "K")}; }
fn row_at(m: u32) -> u32 { return ${live === "rows" ? "live[1u + m]" : "m"}; }
fn a_place(row: u32) -> u32 { return ${place("a")}; }
fn c_place(row: u32) -> u32 { return ${place("c")}; }
const A_EACH = ${a === "vec4 other" ? 4 : 1}u;
const B_EACH = ${b === "vec4 other" ? 4 : 1}u;
fn c_four(at: u32) -> vec4f { return ${c ? "C[at / 4u]" : "vec4f(C[at], C[at + 1u], C[at + 2u], C[at + 3u])"}; }
fn store_four(at: u32, n: u32, sums: vec4f) {
${
  c
    ? `C[at / 4u] = vec4f(${results.join(", ")});`
    : results.map((c, i) => `if n + ${i}u < params.N { C[at + ${i}u] = ${c}; }`).join("\n")
}
}
${activation ? `fn function_of(x: f32) -> f32 { return ${printOp(activation, "x")}; }` : ""}`;
}

/** The shader's text with this form's printed in. */
export function matmulText(form: Form): string {
  const { tile } = form;
  const { M, N, threads } = sizesOf(tile);
  const { rows, columns } = blockOf(tile);
  const { places, products } = tile.depth > 0 ? throughMemory(form) : straight(form);
  const at = (i: number): string => `(first_m + ${rows[i].at})`;
  const each = (line: (sums: string, i: number, j: number) => string): string[] =>
    rows.flatMap((_, i) => columns.map((_, j) => line(`sums${i}_${j}`, i, j)));
  const rowsOfC = rows.map((_, i) => `let c_at${i} = c_row(${at(i)}, group.z);`);
  const starts = [
    ...columns.flatMap((column, j) => [
      `let n${j} = first_n + 4u * ${column};`,
      `let bias${j} = ${form.bias ? `bias_four(n${j}, z)` : "vec4f()"};`,
    ]),
    ...each((sums, _, j) => `var ${sums} = bias${j};`),
    ...(form.accumulate
      ? [
          "{",
          ...rowsOfC,
          ...each((sums, i, j) => `if is_inside(${at(i)}, n${j}) { ${sums} += c_four(c_at${i} + n${j}); }`),
          "}",
        ]
      : []),
  ];
  const stores = [
    ...rowsOfC,
    ...each(
      (sums, i, j) => `if is_inside(${at(i)}, n${j}) { store_four(c_at${i} + n${j}, n${j}, ${sums}); }`,
    ),
  ];
  // sums of ones: of a row a thread, or of the rows of the first column's threads
  const ones = form.ones ? (tile.depth > 0 ? ["thread"] : rows.map(({ at }) => at)) : [];
  const onesAt = (at: string): string =>
    `C[params.ones_0 + group.z * params.ones_z + row_at(first_m + ${at})]`;
  const { float16 } = tile;
  return link(
    ...(float16 ? ["enable f16;"] : []),
    `const TILE_M = ${M}u;`,
    `const TILE_N = ${N}u;`,
    `const ACROSS = ${tile.threads[1]}u;`,
    `const DEEP = ${tile.deep ?? 1}u;`,
    ...memoryOf(form).map(
      ([name, count]) => `var<workgroup> ${name}: array<vec4${float16 ? "h" : "f"}, ${count}>;`,
    ),
    surroundings(form),
    reader("a", form),
    reader("b", form),
    shader
      // of float16 are what it adds to and what it adds
      .replace(/fn add\(.*?\{/, (head) => (float16 ? head.replaceAll("4f", "4h") : head))
      .replace("@workgroup_size(256)", `@workgroup_size(${threads})`)
      .replace("places();", [...places, ...starts].join("\n"))
      .replace(
        "products();",
        [...ones.map((at, i) => `var ones${i} = ${form.accumulate ? onesAt(at) : "0.0"};`), ...products].join(
          "\n",
        ),
      )
      .replace(
        "stores();",
        [
          ...stores,
          ...ones.map((at, i) => `if sums_ones && first_m + ${at} < rows() { ${onesAt(at)} = ones${i}; }`),
        ].join("\n"),
      ),
    ...(form.activation ? [activations] : []),
  );
}
