// The plain operations on rows of elements, floor 4: a loop for each, and one loop over the rows.

import type { Binary, Ops, Unary } from "../../kernels/ops.js";

export type Floats = Float32Array | Float64Array;
/** An operation on one row. */
type UnaryRow = (f: Floats, d: number, a: number, n: number) => void;
type BinaryRow = (f: Floats, d: number, a: number, b: number, n: number) => void;

const unary: Record<Unary | "sum", UnaryRow> = {
  copy(f, d, a, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = f[a + i];
  },
  neg(f, d, a, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = -f[a + i];
  },
  sigmoid(f, d, a, n) {
    for (let i = 0; i < n; i += 1) {
      const x = f[a + i];
      // exp only of what is not positive: no overflow, and exact relative to the result where that is tiny
      const e = Math.exp(-Math.abs(x));
      f[d + i] = (x < 0 ? e : 1) / (1 + e);
    }
  },
  tanh(f, d, a, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = Math.tanh(f[a + i]);
  },
  relu(f, d, a, n) {
    for (let i = 0; i < n; i += 1) {
      const x = f[a + i];
      f[d + i] = x < 0 ? 0 : x; // NaN stays NaN
    }
  },
  exp(f, d, a, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = Math.exp(f[a + i]);
  },
  log(f, d, a, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = Math.log(f[a + i]);
  },
  sqrt(f, d, a, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = Math.sqrt(f[a + i]);
  },
  abs(f, d, a, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = Math.abs(f[a + i]);
  },
  sum(f, d, a, n) {
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += f[a + i];
    f[d] = sum;
  },
};

const binary: Record<Binary, BinaryRow> = {
  add(f, d, a, b, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = f[a + i] + f[b + i];
  },
  sub(f, d, a, b, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = f[a + i] - f[b + i];
  },
  mul(f, d, a, b, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = f[a + i] * f[b + i];
  },
  div(f, d, a, b, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = f[a + i] / f[b + i];
  },
  min(f, d, a, b, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = Math.min(f[a + i], f[b + i]);
  },
  max(f, d, a, b, n) {
    for (let i = 0; i < n; i += 1) f[d + i] = Math.max(f[a + i], f[b + i]);
  },
};

/** The operations of the two tables, over rows. */
export function rowByRow(f: Floats): Record<keyof typeof unary, Ops["copy"]> & Record<Binary, Ops["add"]> {
  const unaryOp =
    (one: UnaryRow): Ops["copy"] =>
    (d, a, n, rows = 1, dRow = 0, aRow = 0) => {
      for (let row = 0; row < rows; row += 1) one(f, d + row * dRow, a + row * aRow, n);
    };
  const binaryOp =
    (one: BinaryRow): Ops["add"] =>
    (d, a, b, n, rows = 1, dRow = 0, aRow = 0, bRow = 0) => {
      for (let row = 0; row < rows; row += 1) one(f, d + row * dRow, a + row * aRow, b + row * bRow, n);
    };
  const over = <R, F>(rows: Record<string, R>, make: (one: R) => F): [string, F][] =>
    Object.entries(rows).map(([name, one]) => [name, make(one)]);
  // the names are those of the tables
  return Object.fromEntries<unknown>([...over(unary, unaryOp), ...over(binary, binaryOp)]) as ReturnType<
    typeof rowByRow
  >;
}
