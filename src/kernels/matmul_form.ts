// What forms of the product there are, floor 2: how a workgroup shares it out, how operands are read, what else it does.

/**
 * How a workgroup shares out C: threads down and across, each with a block of rows and columns (multiples of 4);
 * depth: how many k's lie in workgroup memory at a time (a multiple of 4), 0 where threads read A and B themselves.
 * Then `deep` of them may share a block, each with every so many k's, for few rows: their sums are added in order.
 * float16: what lies in workgroup memory, and the sums of what lies there at a time, which are added in float32.
 */
export interface Tile {
  readonly threads: readonly [down: number, across: number];
  readonly block: readonly [rows: number, columns: number];
  readonly depth: number;
  readonly deep?: number;
  readonly float16?: boolean;
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
  /** What lies by two levels of stride, by letter: k, rows of A, rows of C. */
  readonly levels: "" | "k" | "a" | "c" | "ka" | "kc" | "ac" | "kac";
  /** What sums start from: the bias, C's old values, both; and whether there are sums of ones. */
  readonly bias: boolean;
  readonly accumulate: boolean;
  readonly ones: boolean;
  /** Of which there is a table: those rows, or those k. */
  readonly live?: "rows" | "depth" | undefined;
  /** Whether B is of float16, two numbers to a word. */
  readonly half?: boolean;
  readonly activation?: "tanh" | "sigmoid" | "relu" | undefined;
}

export function sizesOf({ threads: [down, across], block: [rows, columns], deep = 1 }: Tile) {
  return { M: down * rows, N: across * columns, threads: down * across * deep };
}

/** What lies in workgroup memory: fours along k, [size][depth / 4 + 1], or along the other, [depth][size / 4]. */
export function memoryOf({ tile, a, b }: Form): readonly (readonly [name: string, count: number])[] {
  const { M, N, threads } = sizesOf(tile);
  const { depth, deep, block } = tile;
  if (deep) return [["parts", (threads * block[0] * block[1]) / 4]];
  if (depth === 0) return [];
  const count = (reading: Reading, size: number): number =>
    reading === "vec4 other" ? (depth * size) / 4 : size * (depth / 4 + 1);
  return [
    ["a_tile", count(a, M)],
    ["b_tile", count(b, N)],
  ];
}

export function workgroupBytes(form: Form): number {
  const bytes = form.tile.float16 ? 8 : 16;
  return memoryOf(form).reduce((sum, [, count]) => sum + bytes * count, 0);
}
