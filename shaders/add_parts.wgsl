// Adds the parts of sums that a product left side by side, [parts, Z, M N + ones M], in order: to C[m, n], and a row's
// sum of ones to C[ones_0 + m]; or adds them to what is there.

struct Params {
  M: u32,
  N: u32,
  Z: u32,
  parts: u32,
  c_0: u32,
  c_z: u32,
  c_m: u32,
  ones: u32,
  ones_0: u32,
  ones_z: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> C: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * 65535u * 64u + id.x;
  let each = params.M * (params.N + params.ones);
  if i >= params.Z * each {
    return;
  }
  let z = i / each;
  let j = i % each;
  var to = params.ones_0 + z * params.ones_z + j - params.M * params.N;
  if j < params.M * params.N {
    to = params.c_0 + z * params.c_z + j / params.N * params.c_m + j % params.N;
  }
  var sum = 0.0;
  if params.accumulate != 0u {
    sum = C[to];
  }
  for (var part = 0u; part < params.parts; part++) {
    sum += sums[part * params.Z * each + i];
  }
  C[to] = sum;
}
