// The operations of src/kernels/ops.ts on vectors, floor 4, in AssemblyScript. Addresses and strides come in
// elements and count bytes inside. Loops take four elements at a time; of the last ones fewer are stored, but
// four are loaded: the arena ends with room for that.

import * as lanes from "./lanes.as";
import { all, fma, storePart } from "./lanes.as";

const enum Op {
  Copy,
  Neg,
  Sigmoid,
  Tanh,
  Relu,
  Exp,
  Log,
  Sqrt,
  Abs,
  Add,
  Sub,
  Mul,
  Div,
  Min,
  Max,
  Select,
  Fill,
  Affine,
  Axpy,
}

/** Four elements of the result. `op` is constant where this is inlined, so that one branch is left. */
// @ts-ignore: decorator
@inline
function apply(op: Op, d: usize, a: usize, b: usize, c: usize, scale: f32, shift: f32): v128 {
  const x = v128.load(a);
  switch (op) {
    case Op.Copy:
      return x;
    case Op.Neg:
      return f32x4.neg(x);
    case Op.Sigmoid:
      return lanes.sigmoid(x);
    case Op.Tanh:
      return lanes.tanh(x);
    case Op.Relu:
      return f32x4.pmax(x, all(0)); // NaN stays NaN
    case Op.Exp:
      return lanes.exp(x);
    case Op.Log:
      return lanes.log(x);
    case Op.Sqrt:
      return f32x4.sqrt(x);
    case Op.Abs:
      return f32x4.abs(x);
    case Op.Add:
      return f32x4.add(x, v128.load(b));
    case Op.Sub:
      return f32x4.sub(x, v128.load(b));
    case Op.Mul:
      return f32x4.mul(x, v128.load(b));
    case Op.Div:
      return f32x4.div(x, v128.load(b));
    case Op.Min:
      return f32x4.min(x, v128.load(b));
    case Op.Max:
      return f32x4.max(x, v128.load(b));
    case Op.Select:
      return v128.bitselect(v128.load(b), v128.load(c), f32x4.gt(x, all(0)));
    case Op.Fill:
      return all(scale);
    case Op.Affine:
      return fma(x, all(scale), all(shift));
    default:
      return fma(x, all(scale), v128.load(d));
  }
}

/** Rows of n elements. Where all rows lie side by side they are one. */
// @ts-ignore: decorator
@inline
function each(
  op: Op,
  d: usize,
  a: usize,
  b: usize,
  c: usize,
  scale: f32,
  shift: f32,
  n: usize,
  rows: i32,
  dRow: usize,
  aRow: usize,
  bRow: usize,
  cRow: usize,
): void {
  if (dRow == n && aRow == n && bRow == n && cRow == n) {
    n *= rows;
    rows = 1;
  }
  d <<= 2;
  a <<= 2;
  b <<= 2;
  c <<= 2;
  const bytes = n << 2;
  const whole = bytes & ~15;
  do {
    for (let i: usize = 0; i < bytes; i += 16) {
      const result = apply(op, d + i, a + i, b + i, c + i, scale, shift);
      if (i < whole) {
        v128.store(d + i, result);
      } else {
        storePart(d + i, result, n & 3);
      }
    }
    d += dRow << 2;
    a += aRow << 2;
    b += bRow << 2;
    c += cRow << 2;
  } while (--rows > 0);
}

// @ts-ignore: decorator
@inline
function unary(op: Op, d: usize, a: usize, n: usize, rows: i32, dRow: usize, aRow: usize): void {
  each(op, d, a, a, a, 0, 0, n, rows, dRow, aRow, aRow, aRow);
}

// @ts-ignore: decorator
@inline
function binary(
  op: Op,
  d: usize,
  a: usize,
  b: usize,
  n: usize,
  rows: i32,
  dRow: usize,
  aRow: usize,
  bRow: usize,
): void {
  each(op, d, a, b, b, 0, 0, n, rows, dRow, aRow, bRow, bRow);
}

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

export function mask(d: usize, key: u32, first: u32, threshold: u32, scale: f32, n: usize): void {
  d <<= 2;
  let index = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  while (true) {
    const dropped = i32x4.lt_u(lanes.mix2(key, index), i32x4.splat(threshold));
    const kept = v128.andnot(all(scale), dropped);
    if (n < 4) {
      storePart(d, kept, n);
      return;
    }
    v128.store(d, kept);
    index = i32x4.add(index, i32x4.splat(4));
    d += 16;
    n -= 4;
  }
}

/** The sum of both lanes. */
// @ts-ignore: decorator
@inline
function both(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** In float64, as plain loops add. */
export function sum(d: usize, a: usize, n: usize, rows: i32, dRow: usize, aRow: usize): void {
  do {
    store<f32>(d << 2, <f32>total(a << 2, n));
    d += dRow;
    a += aRow;
  } while (--rows > 0);
}

function total(a: usize, n: usize): f64 {
  let low = f64x2.splat(0);
  let high = low;
  for (; n >= 4; n -= 4, a += 16) {
    const x = v128.load(a);
    low = f64x2.add(low, f64x2.promote_low_f32x4(x));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)));
  }
  let sum = both(f64x2.add(low, high));
  for (; n > 0; n -= 1, a += 4) {
    sum += load<f32>(a);
  }
  return sum;
}

export function dot(d: usize, a: usize, b: usize, n: usize): void {
  a <<= 2;
  b <<= 2;
  let sums = f64x2.splat(0);
  for (; n >= 2; n -= 2, a += 8, b += 8) {
    const x = f64x2.promote_low_f32x4(v128.load64_zero(a));
    sums = f64x2.add(sums, f64x2.mul(x, f64x2.promote_low_f32x4(v128.load64_zero(b))));
  }
  let sum = both(sums);
  if (n) {
    sum += <f64>load<f32>(a) * <f64>load<f32>(b);
  }
  store<f32>(d << 2, <f32>sum);
}

export function largest(d: usize, a: usize, n: usize): void {
  a <<= 2;
  let most = all(-Infinity);
  for (; n >= 4; n -= 4, a += 16) {
    most = f32x4.max(most, v128.load(a));
  }
  for (; n > 0; n -= 1, a += 4) {
    most = f32x4.max(most, v128.load32_splat(a));
  }
  most = f32x4.max(most, v128.shuffle<f32>(most, most, 2, 3, 0, 1));
  most = f32x4.max(most, v128.shuffle<f32>(most, most, 1, 0, 3, 2));
  store<f32>(d << 2, f32x4.extract_lane(most, 0));
}
