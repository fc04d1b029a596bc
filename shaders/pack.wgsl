// packed[k, n] = weights[n, k], for every matrix of a table: the copy of the weights with k outermost that
// forward products stream. A workgroup turns a tile of 16 x 16 in workgroup memory, so that it reads and
// writes rows.

struct Params {
  entries: u32,
  N: u32, // the largest of the table
  K: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> table: array<u32>; // [entries, 4]: from, to, N, K
@group(0) @binding(2) var<storage, read> weights: array<f32>; // at from: [N, K]
@group(0) @binding(3) var<storage, read_write> packed: array<f32>; // at to: [K, N]

var<workgroup> tile: array<f32, 272>; // [16 k][16 n, and one so that neighbours lie in different banks]

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) thread: vec3u) {
  let entry = group.z * 4u;
  let start = table[entry];
  let to = table[entry + 1u];
  let N = table[entry + 2u];
  let K = table[entry + 3u];
  let first_n = group.x * 16u;
  let first_k = group.y * 16u;
  if first_n + thread.y < N && first_k + thread.x < K {
    tile[thread.x * 17u + thread.y] = weights[start + (first_n + thread.y) * K + first_k + thread.x];
  }
  workgroupBarrier();
  if first_n + thread.x < N && first_k + thread.y < K {
    packed[to + (first_k + thread.y) * N + first_n + thread.x] = tile[thread.y * 17u + thread.x];
  }
}
