// With h[i, j, b, a] = tanh(x[i, b, a] + y[j, b, a]) and d the gradients of the scores: out[i, b, a] (+)= the sum
// over j of d v[a] (1 - h h), the gradient of x; or of d h, whose sum over (i, b) is that of v. x is the query
// and y the memory, or the other way round. Linked with shaders/activations.wgsl.

struct Params {
  I: u32, J: u32, B: u32, A: u32,
  v_0: u32,
  d_i: u32, d_j: u32, d_b: u32, // d of (i, j, b) lies at i d_i + j d_j + b d_b
  of_v: u32, // 1: the sum of d h
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>; // [I, B, A]
@group(0) @binding(3) var<storage, read> y: array<f32>; // [J, B, A]
@group(0) @binding(4) var<storage, read> d: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>; // [I, B, A]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.y * 65535u * 64u + id.x;
  let width = params.B * params.A;
  if at >= params.I * width {
    return;
  }
  let i = at / width;
  let b = at % width / params.A;
  let a = at % params.A;
  var sum = 0.0;
  for (var j = 0u; j < params.J; j++) {
    let h = safe_tanh(x[at] + y[j * width + at % width]);
    sum += d[i * params.d_i + j * params.d_j + b * params.d_b] * select(1.0 - h * h, h, params.of_v != 0u);
  }
  if params.of_v == 0u {
    sum *= weights[params.v_0 + a];
  }
  if params.accumulate != 0u {
    sum += out[at];
  }
  out[at] = sum;
}
