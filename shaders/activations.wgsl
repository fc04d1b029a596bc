// tanh and the logistic sigmoid, finite for every finite input. Linked, no entry point. The built-in tanh is
// NaN from 89 on some drivers and off by a hundredth near zero on most; the built-in exp is off by 4e-6 at
// -69, relative to its result. NaN comes out as NaN: a loss that went wrong must be seen.

// exp(-a) for a >= 0, to 2e-7 relative; 0 from 87 on, where float32 leaves its normal range (Cody and Waite's
// reduction).
fn exp_minus(a: f32) -> f32 {
  let n = i32(min(round(a * 1.44269504), 126.0));
  // ln 2 in two parts: n times the first, 355 / 512, is exact. In integers, so that no compiler adds the parts first.
  let r = fma(f32(n), 2.1219444e-4, a - f32(n * 355) * 0.001953125);
  var p = -1.98756915e-4;
  p = p * r + 1.39819995e-3;
  p = p * r - 8.33345191e-3;
  p = p * r + 4.16657959e-2;
  p = p * r - 0.166666655;
  p = p * r + 0.500000012;
  let y = p * r * r - r + 1.0;
  let scale = bitcast<f32>(u32(127 - n) << 23u); // 2^-n
  return select(y * scale, 0.0, a > 87.0);
}

fn safe_sigmoid(x: f32) -> f32 {
  let e = exp_minus(abs(x));
  return select(1.0, e, x < 0.0) / (1.0 + e);
}

fn safe_tanh(x: f32) -> f32 {
  let a = abs(x);
  let e = exp_minus(2.0 * a);
  let far = (1.0 - e) / (1.0 + e);
  // its Taylor series, where 1 - e would lose digits
  let s = a * a;
  var p = 3.592128e-3;
  p = p * s - 8.8632355e-3;
  p = p * s + 2.1869489e-2;
  p = p * s - 5.3968254e-2;
  p = p * s + 0.13333334;
  p = p * s - 0.33333334;
  let near = a + a * s * p;
  let y = select(far, near, a < 0.5);
  return select(y, -y, x < 0.0);
}
