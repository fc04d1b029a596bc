// An LSTM cell as one function, in AssemblyScript: what the evaluation operation by operation is measured
// against. It stands alone, so that it stays what it is when the library's operations change.

// @ts-ignore: decorator
@inline
function all(x: f32): v128 {
  return f32x4.splat(x);
}

// @ts-ignore: decorator
@inline
function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return f32x4.relaxed_madd(a, b, c);
  }
  return f32x4.add(f32x4.mul(a, b), c);
}

/** e^x for x from -87 to 88, as in src/backends/cpu/wasm/lanes.as.ts but with one factor 2^n. */
// @ts-ignore: decorator
@inline
function exp(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, all(-87)), all(88));
  const shifted = fma(x, all(1.44269504088896341), all(12582912));
  const whole = f32x4.sub(shifted, all(12582912));
  let r = fma(whole, all(-0.693359375), x);
  r = fma(whole, all(2.1219444e-4), r);
  let p = fma(r, all(1.98756915e-4), all(1.3981999507e-3));
  p = fma(p, r, all(8.3334519073e-3));
  p = fma(p, r, all(4.1665795894e-2));
  p = fma(p, r, all(1.6666665459e-1));
  p = fma(p, r, all(5.0000001201e-1));
  p = fma(p, f32x4.mul(r, r), f32x4.add(r, all(1)));
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

// @ts-ignore: decorator
@inline
function sigmoid(x: v128): v128 {
  return f32x4.div(all(1), f32x4.add(all(1), exp(f32x4.neg(x))));
}

// @ts-ignore: decorator
@inline
function tanh(x: v128): v128 {
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

/**
 * c' = f c + i g, h' = o tanh(c'). x and r: the halves of the pre-activations, [B, 4 H] (i f g o), H % 4 ==
 * 0.
 */
export function lstm(x: usize, r: usize, c: usize, newC: usize, newH: usize, B: i32, H: usize): void {
  const row = H << 2;
  for (; B > 0; B -= 1) {
    for (const end = x + row; x < end; x += 16) {
      const i = sigmoid(f32x4.add(v128.load(x), v128.load(r)));
      const f = sigmoid(f32x4.add(v128.load(x + row), v128.load(r + row)));
      const g = tanh(f32x4.add(v128.load(x + 2 * row), v128.load(r + 2 * row)));
      const o = sigmoid(f32x4.add(v128.load(x + 3 * row), v128.load(r + 3 * row)));
      const next = fma(i, g, f32x4.mul(f, v128.load(c)));
      v128.store(newC, next);
      v128.store(newH, f32x4.mul(o, tanh(next)));
      r += 16;
      c += 16;
      newC += 16;
      newH += 16;
    }
    x += 3 * row;
    r += 3 * row;
  }
}
