// out[b, n] = the last, the mean or the largest of input[t, b, n] over the steps t that sequence b has, 0 where
// it has none; or, backward, out[t, b, n] = the gradient of input, d that of what came out, for the steps that
// there are. A thread has one feature of one sequence. Linked with shaders/live.wgsl.

struct Params {
  T: u32, B: u32, N: u32,
  how: u32,
  codes: u32,
  backward: u32,
  in_0: u32, in_m1: u32, in_m: u32, // (t, b, n) lies at in_0 + t in_m1 + b in_m + n
  out_0: u32, out_m1: u32, out_m: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> live: array<u32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read> d: array<f32>; // [B, N]
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

const LAST = 0u;
const MEAN = 1u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * 65535u * 64u + id.x;
  if i >= params.B * params.N {
    return;
  }
  let b = i / params.N;
  let n = i % params.N;
  let isMean = params.how == MEAN;
  var count = 0.0;
  var chosen = 0u;
  var value = 0.0;
  for (var t = 0u; t < params.T; t++) {
    if !is_live(t * params.B + b) {
      continue;
    }
    let x = input[params.in_0 + t * params.in_m1 + b * params.in_m + n];
    if isMean {
      value += x;
    } else if params.how == LAST || count == 0.0 || x > value {
      value = x;
      chosen = t;
    }
    count += 1.0;
  }
  let to = params.out_0 + b * params.out_m + n;
  if params.backward == 0u {
    out[to] = select(value, value / max(count, 1.0), isMean);
    return;
  }
  for (var t = 0u; t < params.T; t++) {
    if !is_live(t * params.B + b) {
      continue;
    }
    var dx = d[i] * select(f32(t == chosen), 1.0 / count, isMean);
    if params.accumulate != 0u {
      dx += out[to + t * params.out_m1];
    }
    out[to + t * params.out_m1] = dx;
  }
}
