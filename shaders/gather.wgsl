// out[m, n] = table[ids[m], n]: an embedding. Ids by two levels of stride, so that they may be batch-first.

struct Params {
  M: u32, N: u32,
  r: u32, // the id of row m lies at (m / r) ids_m1 + (m % r) ids_m
  ids_0: u32, ids_m1: u32, ids_m: u32,
  table_0: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<f32>; // [V, N]
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [M, N]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * 65535u * 64u + id.x;
  if i >= params.M * params.N {
    return;
  }
  let m = i / params.N;
  let n = i % params.N;
  let token = ids[params.ids_0 + (m / params.r) * params.ids_m1 + (m % params.r) * params.ids_m];
  out[i] = table[params.table_0 + token * params.N + n];
}
