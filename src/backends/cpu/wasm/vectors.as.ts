// The operations of src/kernels/ops.ts element by element, floor 4, in AssemblyScript.

import { binary, each, Op, unary } from "./rows.as";

export function copy(d: usize, a: usize, n: usize, rows: i32, dRow: usize, aRow: usize): void {
  unary(Op.Copy, d, a, n, rows, dRow, aRow);
}

export function neg(d: usize, a: usize, n: usize, rows: i32, dRow: usize, aRow: usize): void {
  unary(Op.Neg, d, a, n, rows, dRow, aRow);
}

export function sigmoid(d: usize, a: usize, n: usize, rows: i32, dRow: usize, aRow: usize): void {
  unary(Op.Sigmoid, d, a, n, rows, dRow, aRow);
}

export function tanh(d: usize, a: usize, n: usize, rows: i32, dRow: usize, aRow: usize): void {
  unary(Op.Tanh, d, a, n, rows, dRow, aRow);
}

export function relu(d: usize, a: usize, n: usize, rows: i32, dRow: usize, aRow: usize): void {
  unary(Op.Relu, d, a, n, rows, dRow, aRow);
}

export function exp(d: usize, a: usize, n: usize, rows: i32, dRow: usize, aRow: usize): void {
  unary(Op.Exp, d, a, n, rows, dRow, aRow);
}

export function log(d: usize, a: usize, n: usize, rows: i32, dRow: usize, aRow: usize): void {
  unary(Op.Log, d, a, n, rows, dRow, aRow);
}

export function sqrt(d: usize, a: usize, n: usize, rows: i32, dRow: usize, aRow: usize): void {
  unary(Op.Sqrt, d, a, n, rows, dRow, aRow);
}

export function abs(d: usize, a: usize, n: usize, rows: i32, dRow: usize, aRow: usize): void {
  unary(Op.Abs, d, a, n, rows, dRow, aRow);
}

export function add(
  d: usize,
  a: usize,
  b: usize,
  n: usize,
  rows: i32,
  dRow: usize,
  aRow: usize,
  bRow: usize,
): void {
  binary(Op.Add, d, a, b, n, rows, dRow, aRow, bRow);
}

export function sub(
  d: usize,
  a: usize,
  b: usize,
  n: usize,
  rows: i32,
  dRow: usize,
  aRow: usize,
  bRow: usize,
): void {
  binary(Op.Sub, d, a, b, n, rows, dRow, aRow, bRow);
}

export function mul(
  d: usize,
  a: usize,
  b: usize,
  n: usize,
  rows: i32,
  dRow: usize,
  aRow: usize,
  bRow: usize,
): void {
  binary(Op.Mul, d, a, b, n, rows, dRow, aRow, bRow);
}

export function div(
  d: usize,
  a: usize,
  b: usize,
  n: usize,
  rows: i32,
  dRow: usize,
  aRow: usize,
  bRow: usize,
): void {
  binary(Op.Div, d, a, b, n, rows, dRow, aRow, bRow);
}

export function min(
  d: usize,
  a: usize,
  b: usize,
  n: usize,
  rows: i32,
  dRow: usize,
  aRow: usize,
  bRow: usize,
): void {
  binary(Op.Min, d, a, b, n, rows, dRow, aRow, bRow);
}

export function max(
  d: usize,
  a: usize,
  b: usize,
  n: usize,
  rows: i32,
  dRow: usize,
  aRow: usize,
  bRow: usize,
): void {
  binary(Op.Max, d, a, b, n, rows, dRow, aRow, bRow);
}

export function select(
  d: usize,
  x: usize,
  a: usize,
  b: usize,
  n: usize,
  rows: i32,
  dRow: usize,
  xRow: usize,
  aRow: usize,
  bRow: usize,
): void {
  each(Op.Select, d, x, a, b, 0, 0, n, rows, dRow, xRow, aRow, bRow);
}

export function affine(d: usize, a: usize, scale: f32, shift: f32, n: usize): void {
  each(Op.Affine, d, a, a, a, scale, shift, n, 1, n, n, n, n);
}

export function axpy(d: usize, scale: f32, a: usize, n: usize): void {
  each(Op.Axpy, d, a, a, a, scale, 0, n, 1, n, n, n, n);
}

export function fill(d: usize, value: f32, n: usize, rows: i32, dRow: usize): void {
  each(Op.Fill, d, d, d, d, value, 0, n, rows, dRow, dRow, dRow, dRow);
}
