// Prints a product's loop over k, floor 2: a thread's block of sums, unrolled, by way of workgroup memory or straight.

import { range } from "./lines.js";
import { type Form, sizesOf, type Tile } from "./matmul_form.js";

/** In main: a thread's places; its sums over k; after them, what brings parts of sums together. */
export interface Loop {
  readonly places: readonly string[];
  readonly products: readonly string[];
}

/** A thread's block: rows in groups of up to four, columns in groups of four; where they are within the tile. */
export function blockOf({ threads: [down, across], block: [rows, columns] }: Tile) {
  const group = Math.min(rows, 4);
  const groupAt = (i: number): string => `(row + ${down * i}u)`;
  return {
    rows: range(rows).map((i) => ({
      at: `(${group}u * ${groupAt(Math.floor(i / group))} + ${i % group}u)`,
      group: `a${Math.floor(i / group)}[${i % group}]`,
    })),
    groups: range(rows / group).map(groupAt),
    columns: range(columns / 4).map((j) => `(column + ${across * j}u)`),
  };
}

const four = (of: (i: number) => string, { float16 }: Tile): string =>
  `mat4x4${float16 ? "h" : "f"}(${range(4).map(of).join(", ")})`;

/**
 * Four k's of every sum, or of its part in float16. a: a row's, by number and place; aGroup: of a group of rows as they
 * lie; b: of columns.
 */
function terms(
  { tile, a: reading }: Form,
  a: (i: number, at: string) => string,
  aGroup: (i: number, at: string, k: number) => string,
  b: (j: number, at: string) => string,
): string[] {
  const { rows, groups, columns } = blockOf(tile);
  const isAcross = reading === "vec4 other";
  const sums = tile.float16 ? "part" : "sums";
  return [
    ...columns.map((at, j) => `let b${j} = ${b(j, at)};`),
    ...(isAcross
      ? groups.map((at, i) => `let a${i} = transpose(${four((k) => aGroup(i, at, k), tile)});`)
      : []),
    ...rows.flatMap(({ at, group }, i) => [
      `let row${i} = ${isAcross ? group : a(i, at)};`,
      ...columns.map((_, j) => `${sums}${i}_${j} = add(${sums}${i}_${j}, row${i}, b${j});`),
    ]),
  ];
}

/** How an operand goes through workgroup memory: where a thread's numbers come from and go to, the first, the next. */
function staged(form: Form, x: "a" | "b", size: number, base: (i: string) => string) {
  const { [x]: reading, tile } = form;
  const { depth } = tile;
  const { threads } = sizesOf(tile);
  const slots = (depth * size) / 4;
  const isAcross = reading === "vec4 other";
  const inner = isAcross ? size / 4 : reading === "other" ? size : depth / 4;
  const numbers = range(Math.ceil(slots / threads));
  const there = (i: number, line: string): string =>
    (i + 1) * threads > slots ? `if ${x}_slot${i} < ${slots}u { ${line} }` : line;
  const read = (k: string): string[] =>
    numbers.map((i) => there(i, `${x}_next${i} = ${x}_four(${x}_at${i}, ${k} + ${x}_k${i}, end);`));
  return {
    places: numbers.flatMap((i) => {
      const [low, high] = [`${x}_slot${i} % ${inner}u`, `${x}_slot${i} / ${inner}u`];
      const [other, k] = reading === "k" || reading === "vec4 k" ? [high, low] : [low, high];
      // a thread's four columns lie apart, so that neighbouring threads read neighbouring places
      const to = x === "b" ? `(${other}) % 4u * ${size / 4}u + (${other}) / 4u` : other;
      return [
        `let ${x}_slot${i} = thread + ${i * threads}u;`,
        `let ${x}_at${i} = ${base(`${isAcross ? "4u * " : ""}(${other})`)};`,
        `let ${x}_k${i} = ${isAcross ? "" : "4u * "}(${k});`,
        `let ${x}_to${i} = ${isAcross ? `(${k}) * ${size / 4}u + ${other}` : `(${to}) * ${depth / 4 + 1}u + ${k}`};`,
        `var ${x}_next${i} = vec4f();`,
      ];
    }),
    read,
    put: numbers.map((i) => {
      const next = `${x}_next${i}`;
      return there(i, `${x}_tile[${x}_to${i}] = ${tile.float16 ? `vec4h(${next})` : next};`);
    }),
  };
}

/** By way of workgroup memory: the next tiles are read while sums are made of these. */
export function throughMemory(form: Form): Loop {
  const { tile, ones } = form;
  const { depth, float16 } = tile;
  const { M, N } = sizesOf(tile);
  const { rows, columns } = blockOf(tile);
  /** Of each sum that has a part in float16. */
  const parts = (line: (at: string) => string): string[] =>
    float16 ? rows.flatMap((_, i) => columns.map((_, j) => line(`${i}_${j}`))) : [];
  const stride = depth / 4 + 1;
  const A = staged(form, "a", M, (m) => `a_row(first_m + ${m}, z)`);
  const B = staged(form, "b", N, (n) => `b_column(first_n + ${n}, z)`);
  const across = (x: string, size: number, at: string, k: number): string =>
    `${x}_tile[(4u * k + ${k}u) * ${size / 4}u + ${at}]`;
  return {
    places: [...A.places, ...B.places],
    products: [
      ...A.read("begin"),
      ...B.read("begin"),
      `let sums_ones = thread < ${M}u && group.x == 0u;`,
      `for (var first = begin; first < end; first += ${depth}u) {`,
      ...A.put,
      ...B.put,
      "workgroupBarrier();",
      `let next = first + ${depth}u;`,
      "if next < end {",
      ...A.read("next"),
      ...B.read("next"),
      "}",
      ...parts((at) => `var part${at} = vec4h();`),
      `for (var k = 0u; k < ${depth / 4}u; k++) {`,
      ...terms(
        form,
        (_, at) => `a_tile[${at} * ${stride}u + k]`,
        (_, at, k) => across("a", M, at, k),
        (_, at) =>
          form.b === "vec4 other"
            ? four((k) => across("b", N, at, k), tile)
            : `transpose(${four((i) => `b_tile[(${(i * N) / 4}u + ${at}) * ${stride}u + k]`, tile)})`,
      ),
      "}",
      ...parts((at) => `sums${at} += vec4f(part${at});`),
      ...(ones ? ["if sums_ones {", onesOfTile(form, M), "}"] : []),
      "workgroupBarrier();",
      "}",
    ],
  };
}

/** Of one row a thread. */
function onesOfTile({ a, tile: { depth, float16 } }: Form, M: number): string {
  const of32 = (type: string, value: string): string => (float16 ? `${type}(${value})` : value);
  if (a === "vec4 other") {
    const one = of32("f32", `a_tile[k * ${M / 4}u + thread / 4u][thread % 4u]`);
    return `for (var k = 0u; k < ${depth}u; k++) { ones0 += ${one}; }`;
  }
  const four = of32("vec4f", `a_tile[thread * ${depth / 4 + 1}u + k]`);
  return `for (var k = 0u; k < ${depth / 4}u; k++) { ones0 = add_ones(ones0, ${four}); }`;
}

/** Each thread reads what it multiplies. */
export function straight(form: Form): Loop {
  const { tile, ones, a, b } = form;
  const { rows, groups, columns } = blockOf(tile);
  const [isAcross, isBAcross] = [a === "vec4 other", b === "vec4 other"];
  const places = [
    ...(isAcross ? groups.map((at) => `4u * ${at}`) : rows.map(({ at }) => at)).map(
      (at, i) => `let a_at${i} = a_row(first_m + ${at}, z);`,
    ),
    ...columns.flatMap((at, j) =>
      range(isBAcross ? 1 : 4).map((i) => `let b_at${j}_${i} = b_column(first_n + 4u * ${at} + ${i}u, z);`),
    ),
  ];
  if (tile.deep) return { places, products: shared(form, tile.deep) };
  return {
    places,
    products: [
      "let sums_ones = column == 0u && group.x == 0u;",
      "for (var k = begin; k < end; k++) {",
      ...(isAcross ? groups.map((_, i) => `let a${i} = a_four(a_at${i}, k, end);`) : []),
      ...columns.map((_, j) => {
        const one = (i: number): string => `b_one(b_at${j}_${i}, k, end)`;
        return `let b${j} = ${isBAcross ? `b_four(b_at${j}_0, k, end)` : `vec4f(${range(4).map(one).join(", ")})`};`;
      }),
      ...rows.flatMap(({ group }, i) => [
        `let row${i} = ${isAcross ? group : `a_one(a_at${i}, k, end)`};`,
        ...columns.map((_, j) => `sums${i}_${j} += row${i} * b${j};`),
        ...(ones ? [`ones${i} += row${i};`] : []),
      ]),
      "}",
    ],
  };
}

/** The same where `deep` threads share sums: each has every so many fours of k, the first one adds all up. */
function shared(form: Form, deep: number): string[] {
  const { rows, columns } = blockOf(form.tile);
  const { threads } = sizesOf(form.tile);
  const sums = rows.flatMap((_, i) => columns.map((_, j) => `sums${i}_${j}`));
  const part = (i: number, more: string): string => `parts[${i * threads}u + thread${more}]`;
  return [
    `if deep > 0u { ${sums.map((sum) => `${sum} = vec4f();`).join(" ")} }`,
    `for (var k = begin + 4u * deep; k < end; k += ${4 * deep}u) {`,
    ...terms(
      form,
      (i) => `a_four(a_at${i}, k, end)`,
      (i, _, k) => `a_four(a_at${i}, k + ${k}u, end)`,
      (j) =>
        form.b === "vec4 other"
          ? four((k) => `b_four(b_at${j}_0, k + ${k}u, end)`, form.tile)
          : `transpose(${four((i) => `b_four(b_at${j}_${i}, k, end)`, form.tile)})`,
    ),
    "}",
    ...sums.map((sum, i) => `${part(i, "")} = ${sum};`),
    "workgroupBarrier();",
    "if deep > 0u { return; }",
    `for (var other = 1u; other < ${deep}u; other++) {`,
    ...sums.map((sum, i) => `${sum} += ${part(i, " + other")};`),
    "}",
  ];
}
