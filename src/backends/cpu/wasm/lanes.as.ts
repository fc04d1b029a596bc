// Four float32 at a time, floor 4: the arithmetic of one vector register. AssemblyScript; compiled twice, with
// fused multiply-add (relaxed SIMD) and without.

/** One number in all four lanes. */
// @ts-ignore: decorator
@inline
export function all(x: f32): v128 {
  return f32x4.splat(x);
}

/** a b + c: rounded once where the machine has fused multiply-add. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return f32x4.relaxed_madd(a, b, c);
  }
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Stores the first 1 to 3 lanes. */
export function storePart(to: usize, x: v128, lanes: usize): void {
  if (lanes & 2) {
    v128.store64_lane(to, x, 0);
    x = v128.shuffle<f32>(x, x, 2, 3, 2, 3);
    to += 8;
  }
  if (lanes & 1) {
    v128.store32_lane(to, x, 0);
  }
}

/** 2^n, for n from -126 to 127. */
// @ts-ignore: decorator
@inline
function power(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/**
 * e^x = 2^n e^r, where |r| <= ln 2 / 2 and e^r is a polynomial (Cephes, expf): 1.2e-7 relative. 2^n comes in
 * two factors, so that results pass through the denormals to 0 and to infinity. NaN stays NaN, since pmin and
 * pmax keep their first operand then.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, all(-104)), all(89));
  // 1.5 * 2^23: adding it rounds to an integer, which then lies in the low bits
  const shifted = fma(x, all(1.44269504088896341), all(12582912));
  const whole = f32x4.sub(shifted, all(12582912));
  // ln 2 in two parts, of which the first has few bits: the product with it is exact
  let r = fma(whole, all(-0.693359375), x);
  r = fma(whole, all(2.1219444e-4), r);
  let p = fma(r, all(1.98756915e-4), all(1.3981999507e-3));
  p = fma(p, r, all(8.3334519073e-3));
  p = fma(p, r, all(4.1665795894e-2));
  p = fma(p, r, all(1.6666665459e-1));
  p = fma(p, r, all(5.0000001201e-1));
  p = fma(p, f32x4.mul(r, r), f32x4.add(r, all(1)));
  const n = i32x4.sub(shifted, i32x4.splat(0x4b400000));
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(p, power(half)), power(i32x4.sub(n, half)));
}

/** e^x only of what is not positive: no overflow, and exact relative to the result where that is tiny. */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const e = exp(f32x4.neg(f32x4.abs(x)));
  const above = v128.bitselect(e, all(1), f32x4.lt(x, all(0)));
  return f32x4.div(above, f32x4.add(all(1), e));
}

/** x P(x^2) / Q(x^2), the rational function of Eigen's tanh in float32; beyond the bounds it is 1. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, all(-7.90531110763549805)), all(7.90531110763549805));
  const s = f32x4.mul(x, x);
  let p = fma(s, all(-2.76076847742355e-16), all(2.00018790482477e-13));
  p = fma(p, s, all(-8.60467152213735e-11));
  p = fma(p, s, all(5.12229709037114e-8));
  p = fma(p, s, all(1.48572235717979e-5));
  p = fma(p, s, all(6.37261928875436e-4));
  p = fma(p, s, all(4.89352455891786e-3));
  let q = fma(s, all(1.19825839466702e-6), all(1.18534705686654e-4));
  q = fma(q, s, all(2.268434632439e-3));
  q = fma(q, s, all(4.89352518554385e-3));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** The natural logarithm: x = 2^e m with m around 1, a polynomial in m - 1 (Cephes, logf). */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  const given = x;
  const tiny = f32x4.lt(x, all(1.17549435e-38)); // denormal: times 2^23
  x = v128.bitselect(f32x4.mul(x, all(8388608)), x, tiny);
  let e = i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(126));
  e = i32x4.sub(e, v128.and(tiny, i32x4.splat(23)));
  let m = v128.or(v128.and(x, i32x4.splat(0x7fffff)), i32x4.splat(0x3f000000)); // in [1/2, 1)
  const low = f32x4.lt(m, all(0.707106781186547524));
  e = i32x4.add(e, low); // a mask is -1
  m = f32x4.sub(f32x4.add(m, v128.and(m, low)), all(1));
  let y = fma(m, all(7.0376836292e-2), all(-1.151461031e-1));
  y = fma(y, m, all(1.1676998740e-1));
  y = fma(y, m, all(-1.2420140846e-1));
  y = fma(y, m, all(1.4249322787e-1));
  y = fma(y, m, all(-1.6668057665e-1));
  y = fma(y, m, all(2.0000714765e-1));
  y = fma(y, m, all(-2.4999993993e-1));
  y = fma(y, m, all(3.3333331174e-1));
  const f = f32x4.convert_i32x4_s(e);
  const square = f32x4.mul(m, m);
  y = fma(f32x4.mul(y, m), square, f32x4.mul(f, all(-2.1219444e-4)));
  y = fma(square, all(-0.5), y);
  y = fma(f, all(0.693359375), f32x4.add(m, y));
  y = v128.bitselect(all(-Infinity), y, f32x4.eq(given, all(0)));
  y = v128.bitselect(given, y, f32x4.eq(given, all(Infinity)));
  return v128.bitselect(y, all(NaN), f32x4.ge(given, all(0)));
}

/** "lowbias32": src/random.ts and shaders/random.wgsl have the same. */
// @ts-ignore: decorator
@inline
function scramble(x: v128): v128 {
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x7feb352d));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/** mix2 of a word with four. */
// @ts-ignore: decorator
@inline
export function mix2(a: u32, b: v128): v128 {
  return scramble(v128.xor(scramble(i32x4.splat(a + 0x9e3779b9)), b));
}
