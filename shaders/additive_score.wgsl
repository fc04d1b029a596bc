// out[q, b, t] = sum over a of v[a] tanh(query[q, b, a] + memory[t, b, a]): the score of every pair of steps. A
// thread has one pair. Linked with shaders/activations.wgsl.

struct Params {
  Q: u32, T: u32, B: u32, A: u32,
  v_0: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> query: array<f32>; // [Q, B, A]
@group(0) @binding(3) var<storage, read> memory: array<f32>; // [T, B, A]
@group(0) @binding(4) var<storage, read_write> out: array<f32>; // [Q, B, T]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * 65535u * 64u + id.x;
  if i >= params.Q * params.B * params.T {
    return;
  }
  let first = i / params.T;
  let other = i % params.T * params.B + first % params.B;
  var sum = 0.0;
  for (var a = 0u; a < params.A; a++) {
    sum += weights[params.v_0 + a] * safe_tanh(query[first * params.A + a] + memory[other * params.A + a]);
  }
  out[i] = sum;
}
