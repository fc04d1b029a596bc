// The loop over rows of elements, floor 4, in AssemblyScript: what all operations on vectors are made of.
// Addresses and strides come in elements and count bytes inside. Loops take four elements at a time; of the
// last ones fewer are stored, but four are loaded: the arena ends with room for that.

import * as lanes from "./lanes.as";
import { all, fma, storePart } from "./lanes.as";

export const enum Op {
  Copy,
  Fill,
  Add,
  Sub,
  Mul,
  Select,
  Affine,
  Axpy,
  // from here on the arithmetic takes longer than the loop, or is rare
  Neg,
  Relu,
  Sqrt,
  Abs,
  Div,
  Min,
  Max,
  Sigmoid,
  Tanh,
  Exp,
  Log,
}

/** Four elements from an address on, or the next four: how far is part of the instruction. */
// @ts-ignore: decorator
@inline
function load(from: usize, k: i32): v128 {
  return k == 1 ? v128.load(from, 16) : v128.load(from);
}

/**
 * Four elements of the result, or the next four. `op` is constant where this is inlined: one branch is left.
 */
// @ts-ignore: decorator
@inline
function apply(op: Op, d: usize, a: usize, b: usize, c: usize, scale: f32, shift: f32, k: i32): v128 {
  const x = load(a, k);
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
      return f32x4.add(x, load(b, k));
    case Op.Sub:
      return f32x4.sub(x, load(b, k));
    case Op.Mul:
      return f32x4.mul(x, load(b, k));
    case Op.Div:
      return f32x4.div(x, load(b, k));
    case Op.Min:
      return f32x4.min(x, load(b, k));
    case Op.Max:
      return f32x4.max(x, load(b, k));
    case Op.Select:
      return v128.bitselect(load(b, k), load(c, k), f32x4.gt(x, all(0)));
    case Op.Fill:
      return all(scale);
    case Op.Affine:
      return fma(x, all(scale), all(shift));
    default:
      return fma(x, all(scale), load(d, k));
  }
}

/** Rows of n elements. Where all rows lie side by side they are one. */
// @ts-ignore: decorator
@inline
export function each(
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
  const pairs = bytes & ~31;
  do {
    let i: usize = 0;
    if (op < Op.Neg) {
      for (; i < pairs; i += 32) {
        v128.store(d + i, apply(op, d + i, a + i, b + i, c + i, scale, shift, 0));
        v128.store(d + i, apply(op, d + i, a + i, b + i, c + i, scale, shift, 1), 16);
      }
    }
    for (; i < bytes; i += 16) {
      const result = apply(op, d + i, a + i, b + i, c + i, scale, shift, 0);
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
export function unary(op: Op, d: usize, a: usize, n: usize, rows: i32, dRow: usize, aRow: usize): void {
  each(op, d, a, a, a, 0, 0, n, rows, dRow, aRow, aRow, aRow);
}

// @ts-ignore: decorator
@inline
export function binary(
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
