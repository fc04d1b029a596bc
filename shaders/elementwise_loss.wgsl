// losses[m] = weights[m] sum over n of f(prediction, target) and, where wanted, dprediction[m, n] =
// run.scale weights[m] df/dprediction. A row of weight 0 is not read and has no gradient. A thread a row. Linked with
// compared(x0, x1) = (f, df/dx0), printed of an expression.

struct Params {
  M: u32, N: u32,
  r: u32, // row m of the prediction lies at (m / r) in_m1 + (m % r) in_m, its target alike
  in_0: u32, in_m1: u32, in_m: u32,
  target_m1: u32, target_m: u32,
  gradient: u32, // 1: dprediction is written
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> prediction: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>; // [M]
@group(0) @binding(4) var<storage, read_write> dprediction: array<f32>; // [M, N]
@group(0) @binding(5) var<storage, read_write> losses: array<f32>; // [M]
@group(0) @binding(6) var<uniform> run: Run;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = id.y * 65535u * 64u + id.x;
  if m >= params.M {
    return;
  }
  let m1 = m / params.r;
  let m0 = m % params.r;
  let row = params.in_0 + m1 * params.in_m1 + m0 * params.in_m;
  let target_row = m1 * params.target_m1 + m0 * params.target_m;
  let weight = weights[m];
  var sum = 0.0;
  for (var n = 0u; n < params.N; n++) {
    var both = vec2f();
    if weight != 0.0 {
      both = weight * compared(prediction[row + n], targets[target_row + n]);
    }
    sum += both.x;
    if params.gradient != 0u {
      dprediction[m * params.N + n] = run.scale * both.y;
    }
  }
  losses[m] = sum;
}
