// dtable[v, n] = sum of dout[m, n] over the rows m whose id is v, or += : an embedding's gradient, in a fixed
// order and without atomics. The host has sorted the rows by id: those of v are order[starts[v]] to
// order[starts[v + 1] - 1].

struct Params {
  V: u32, N: u32,
  dtable_0: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> order: array<u32>; // [M]
@group(0) @binding(2) var<storage, read> starts: array<u32>; // [V + 1]
@group(0) @binding(3) var<storage, read> dout: array<f32>; // [M, N]
@group(0) @binding(4) var<storage, read_write> dtable: array<f32>; // [V, N]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * 65535u * 64u + id.x;
  if i >= params.V * params.N {
    return;
  }
  let v = i / params.N;
  let n = i % params.N;
  let to = params.dtable_0 + i;
  var sum = 0.0;
  if params.accumulate != 0u {
    sum = dtable[to];
  }
  let end = starts[v + 1u];
  for (var j = starts[v]; j < end; j++) {
    sum += dout[order[j] * params.N + n];
  }
  dtable[to] = sum;
}
