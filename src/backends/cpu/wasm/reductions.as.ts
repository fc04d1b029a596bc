// Few numbers from many, and dropout's mask, floor 4, in AssemblyScript.

import { all, mix2, storePart } from "./lanes.as";

export function mask(d: usize, key: u32, first: u32, threshold: u32, scale: f32, n: usize): void {
  d <<= 2;
  let index = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  while (true) {
    const dropped = i32x4.lt_u(mix2(key, index), i32x4.splat(threshold));
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
