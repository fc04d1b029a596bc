// Layer normalization: x^ = (x - mean) / sqrt(variance + eps) over the N numbers of a row. What comes out says
// `gives`: y = x^ w + b, or the gradient dx of d = dy, or dy x^, whose column sums are the gradient of w. One
// workgroup a row. Linked with shaders/reduce.wgsl.

struct Params {
  M: u32, N: u32,
  r: u32, // row m lies at (m / r) x_m1 + (m % r) x_m
  in_0: u32, in_m1: u32, in_m: u32,
  out_0: u32, out_m1: u32, out_m: u32,
  weight: u32, // 1: there is one, from w_0 on
  w_0: u32,
  bias: u32, // likewise
  b_0: u32,
  eps: f32,
  gives: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read> d: array<f32>; // [M, N]
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

const Y = 0u;
const DX = 1u;

fn weight_at(n: u32) -> f32 {
  if params.weight == 0u {
    return 1.0;
  }
  return weights[params.w_0 + n];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let m = group.y * 65535u + group.x;
  if m >= params.M {
    return;
  }
  let first = params.in_0 + m / params.r * params.in_m1 + m % params.r * params.in_m;
  let to = params.out_0 + m / params.r * params.out_m1 + m % params.r * params.out_m;
  let size = f32(params.N);
  var own = 0.0;
  for (var n = thread; n < params.N; n += 64u) {
    own += input[first + n];
  }
  let mean = reduced(thread, own, false) / size;
  own = 0.0;
  for (var n = thread; n < params.N; n += 64u) {
    let apart = input[first + n] - mean;
    own += apart * apart;
  }
  let scale = 1.0 / sqrt(reduced(thread, own, false) / size + params.eps);
  // of dx: the means of dy w and of dy w x^
  var plain = 0.0;
  var along = 0.0;
  if params.gives == DX {
    for (var n = thread; n < params.N; n += 64u) {
      let g = d[m * params.N + n] * weight_at(n);
      plain += g;
      along += g * (input[first + n] - mean) * scale;
    }
    plain = reduced(thread, plain, false) / size;
    along = reduced(thread, along, false) / size;
  }
  for (var n = thread; n < params.N; n += 64u) {
    let normed = (input[first + n] - mean) * scale;
    var value = 0.0;
    if params.gives == Y {
      value = normed * weight_at(n);
      if params.bias != 0u {
        value += weights[params.b_0 + n];
      }
    } else if params.gives == DX {
      value = scale * (d[m * params.N + n] * weight_at(n) - plain - normed * along);
    } else {
      value = d[m * params.N + n] * normed;
    }
    if params.accumulate != 0u {
      value += out[to + n];
    }
    out[to + n] = value;
  }
}
