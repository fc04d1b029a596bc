// out[m, n] = input[m, n], or += : rows by two levels of stride on both sides, columns contiguous, for every z.

struct Params {
  Z: u32, M: u32, N: u32,
  r: u32, // row m lies at (m / r) x_m1 + (m % r) x_m
  in_0: u32, in_z: u32, in_m1: u32, in_m: u32,
  out_0: u32, out_z: u32, out_m1: u32, out_m: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * 65535u * 64u + id.x;
  if i >= params.M * params.N {
    return;
  }
  let m1 = i / params.N / params.r;
  let m = i / params.N % params.r;
  let n = i % params.N;
  let to = params.out_0 + id.z * params.out_z + m1 * params.out_m1 + m * params.out_m + n;
  var value = input[params.in_0 + id.z * params.in_z + m1 * params.in_m1 + m * params.in_m + n];
  if params.accumulate != 0u {
    value += out[to];
  }
  out[to] = value;
}
