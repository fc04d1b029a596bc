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

/** c[k] x + c[k + 1]: polynomials are sums of these, so that few of their steps wait for one another. */
// @ts-ignore: decorator
@inline
function pair(from: usize, k: usize, x: v128): v128 {
  return fma(x, constant(from, k), constant(from, k + 1));
}

/** 2^(n - 127), for n from 1 to 254; 0 for 0, infinite for 255. */
// @ts-ignore: decorator
@inline
function power(n: v128): v128 {
  return i32x4.shl(n, 23);
}

/** Where exp is 0 and where it is infinite; where sigmoid is 0 and where it is 1. */
const BOUNDS: usize = memory.data<f32>([-104, 89, -89, 88]);
/** -1 / ln 2; 1.5 * 2^23 + 127; ln 2 in two parts, the first of few bits. */
const EXP: usize = memory.data<f32>([-1.44269504088896341, 12583039, 0.693359375, -2.1219444e-4]);
/** Of (e^r - 1 - r) / r^2, such that the largest error of e^r is least: 1.1e-7 relative. */
const EXP_SERIES: usize = memory.data<f32>([8.31265748e-3, 4.18910533e-2, 1.66671157e-1, 4.99992251e-1]);

/**
 * e^x = 2^n e^r, where |r| <= ln 2 / 2 and e^r is a polynomial; or sigmoid, which is e^x / (e^x + 1) or
 * e^r / (e^r + 2^-n): its error is e^r's, relative to itself, however small it is. NaN stays NaN, since pmin
 * and pmax keep their first operand then.
 */
// @ts-ignore: decorator
@inline
function exponential(x: v128, isSigmoid: bool): v128 {
  const bounds: usize = isSigmoid ? 2 : 0;
  x = f32x4.pmin(f32x4.pmax(x, constant(BOUNDS, bounds)), constant(BOUNDS, bounds + 1));
  // adding 1.5 * 2^23 rounds to an integer, which then lies in the low bits: 127 - n
  const shifted = pair(EXP, 0, x);
  const whole = f32x4.sub(shifted, constant(EXP, 1));
  let r = fma(whole, constant(EXP, 2), x);
  r = fma(whole, constant(EXP, 3), r);
  const square = f32x4.mul(r, r);
  const series = fma(pair(EXP_SERIES, 0, r), square, pair(EXP_SERIES, 2, r));
  const e = fma(series, square, f32x4.add(r, constant(ONE)));
  if (isSigmoid) {
    return f32x4.div(e, f32x4.add(e, power(shifted)));
  }
  // 2^n in two factors, so that results pass through the denormals to 0 and to infinity
  const twice = i32x4.sub(i32x4.splat(0x4b400000 + 127 + 254), shifted); // n + 2 * 127
  const half = i32x4.shr_u(twice, 1);
  return f32x4.mul(f32x4.mul(e, power(half)), power(i32x4.sub(twice, half)));
}

// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  return exponential(x, false);
}

// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  return exponential(x, true);
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
  const square = f32x4.mul(s, s);
  let p = fma(square, constant(TANH_P, 0), pair(TANH_P, 1, s));
  p = fma(p, square, pair(TANH_P, 3, s));
  p = fma(p, square, pair(TANH_P, 5, s));
  const q = fma(pair(TANH_Q, 0, s), square, pair(TANH_Q, 2, s));
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
