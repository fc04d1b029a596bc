// Four float32 at a time, floor 4: the arithmetic of one vector register. AssemblyScript; compiled twice,
// with fused multiply-add (relaxed SIMD) and without.

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

/**
 * Constants lie in memory: of one in the code engines make the vector anew, in three instructions, each time
 * it is used.
 */
const ONE: usize = memory.data<f32>([1]);

/** The k-th of some constants in all four lanes. */
// @ts-ignore: decorator
@inline
function constant(from: usize, k: usize = 0): v128 {
  return v128.load32_splat(from + (k << 2));
}

/** 2^n, for n from -126 to 127. */
// @ts-ignore: decorator
@inline
function power(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/**
 * Where exp is 0 and where it is infinite; 1 / ln 2; 1.5 * 2^23; ln 2 in two parts, the first of few bits.
 */
const EXP: usize = memory.data<f32>([-104, 89, 1.44269504088896341, 12582912, -0.693359375, 2.1219444e-4]);
const EXP_SERIES: usize = memory.data<f32>([
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
]);

/**
 * e^x = 2^n e^r, where |r| <= ln 2 / 2 and e^r is a polynomial (Cephes, expf): 1.2e-7 relative. 2^n comes in
 * two factors, so that results pass through the denormals to 0 and to infinity. NaN stays NaN, since pmin and
 * pmax keep their first operand then.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, constant(EXP, 0)), constant(EXP, 1));
  // adding 1.5 * 2^23 rounds to an integer, which then lies in the low bits
  const shifted = fma(x, constant(EXP, 2), constant(EXP, 3));
  const whole = f32x4.sub(shifted, constant(EXP, 3));
  let r = fma(whole, constant(EXP, 4), x);
  r = fma(whole, constant(EXP, 5), r);
  let p = fma(r, constant(EXP_SERIES, 0), constant(EXP_SERIES, 1));
  p = fma(p, r, constant(EXP_SERIES, 2));
  p = fma(p, r, constant(EXP_SERIES, 3));
  p = fma(p, r, constant(EXP_SERIES, 4));
  p = fma(p, r, constant(EXP_SERIES, 5));
  p = fma(p, f32x4.mul(r, r), f32x4.add(r, constant(ONE)));
  const n = i32x4.sub(shifted, i32x4.splat(0x4b400000));
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(p, power(half)), power(i32x4.sub(n, half)));
}

/** 1 / (1 + e^-x). Far below 0 the exponential is large and exact, relative to itself: so is the result. */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(constant(ONE), f32x4.add(constant(ONE), exp(f32x4.neg(x))));
}

/** The bounds beyond which it is 1. */
const TANH: usize = memory.data<f32>([-7.90531110763549805, 7.90531110763549805]);
const TANH_P: usize = memory.data<f32>([
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8,
  1.48572235717979e-5, 6.37261928875436e-4, 4.89352455891786e-3,
]);
const TANH_Q: usize = memory.data<f32>([
  1.19825839466702e-6, 1.18534705686654e-4, 2.268434632439e-3, 4.89352518554385e-3,
]);

/** x P(x^2) / Q(x^2), the rational function of Eigen's tanh in float32. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, constant(TANH, 0)), constant(TANH, 1));
  const s = f32x4.mul(x, x);
  let p = fma(s, constant(TANH_P, 0), constant(TANH_P, 1));
  p = fma(p, s, constant(TANH_P, 2));
  p = fma(p, s, constant(TANH_P, 3));
  p = fma(p, s, constant(TANH_P, 4));
  p = fma(p, s, constant(TANH_P, 5));
  p = fma(p, s, constant(TANH_P, 6));
  let q = fma(s, constant(TANH_Q, 0), constant(TANH_Q, 1));
  q = fma(q, s, constant(TANH_Q, 2));
  q = fma(q, s, constant(TANH_Q, 3));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** The least normal number, and 2^23 that makes denormals normal; the root of 1/2; ln 2 in two parts. */
const LOG: usize = memory.data<f32>([1.17549435e-38, 8388608, 0.707106781186547524, -2.1219444e-4, 0.693359375]);
const LOG_SERIES: usize = memory.data<f32>([
  7.0376836292e-2, -1.151461031e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
]);

/** The natural logarithm: x = 2^e m with m around 1, a polynomial in m - 1 (Cephes, logf). */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  const given = x;
  const tiny = f32x4.lt(x, constant(LOG, 0));
  x = v128.bitselect(f32x4.mul(x, constant(LOG, 1)), x, tiny);
  let e = i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(126));
  e = i32x4.sub(e, v128.and(tiny, i32x4.splat(23)));
  let m = v128.or(v128.and(x, i32x4.splat(0x7fffff)), i32x4.splat(0x3f000000)); // in [1/2, 1)
  const low = f32x4.lt(m, constant(LOG, 2));
  e = i32x4.add(e, low); // a mask is -1
  m = f32x4.sub(f32x4.add(m, v128.and(m, low)), constant(ONE));
  let y = fma(m, constant(LOG_SERIES, 0), constant(LOG_SERIES, 1));
  y = fma(y, m, constant(LOG_SERIES, 2));
  y = fma(y, m, constant(LOG_SERIES, 3));
  y = fma(y, m, constant(LOG_SERIES, 4));
  y = fma(y, m, constant(LOG_SERIES, 5));
  y = fma(y, m, constant(LOG_SERIES, 6));
  y = fma(y, m, constant(LOG_SERIES, 7));
  y = fma(y, m, constant(LOG_SERIES, 8));
  const f = f32x4.convert_i32x4_s(e);
  const square = f32x4.mul(m, m);
  y = fma(f32x4.mul(y, m), square, f32x4.mul(f, constant(LOG, 3)));
  y = fma(square, all(-0.5), y);
  y = fma(f, constant(LOG, 4), f32x4.add(m, y));
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
