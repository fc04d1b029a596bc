// out[n] = sum over m of input[m, n], or += : for every z. A thread owns a column and goes down it; neighbouring threads
// read neighbouring columns.

struct Params {
  Z: u32, M: u32, N: u32,
  in_0: u32, in_z: u32, in_m: u32,
  out_0: u32, out_z: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>; // [Z, M, N]
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // [Z, N]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n = id.x;
  let z = id.z;
  if n >= params.N {
    return;
  }
  let to = params.out_0 + z * params.out_z + n;
  var sum = 0.0;
  if params.accumulate != 0u {
    sum = out[to];
  }
  let first = params.in_0 + z * params.in_z + n;
  for (var m = 0u; m < params.M; m++) {
    sum += input[first + m * params.in_m];
  }
  out[to] = sum;
}
