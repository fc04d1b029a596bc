// packed[k, n] = weights[n, k], for every matrix of a table: the copy of the weights with k outermost that
// forward products stream. An invocation moves 8 neighbours of a row, so that what it reads comes from one line of
// the cache; what neighbours write lies side by side. Nothing is shared, so nobody waits.

struct Params {
  entries: u32,
  N: u32, // the largest of the table
  K: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> table: array<u32>; // [entries, 4]: from, to, N, K
@group(0) @binding(2) var<storage, read> weights: array<f32>; // at from: [N, K]
@group(0) @binding(3) var<storage, read_write> packed: array<f32>; // at to: [K, N]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let entry = id.z * 4u;
  let start = table[entry];
  let to = table[entry + 1u];
  let N = table[entry + 2u];
  let K = table[entry + 3u];
  if id.x < N {
    for (var k = 8u * id.y; k < min(K, 8u * id.y + 8u); k++) {
      packed[to + k * N + id.x] = weights[start + id.x * K + k];
    }
  }
}
