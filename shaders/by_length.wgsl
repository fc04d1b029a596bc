// Rows from where they lie by a sequence's length to where others do: out[t, b] = in[t, b], or +=, either of them
// further by so many elements for each of the sequence's steps; or turned about in time. Initial states of a
// direction that reads from the end, final states, outputs in the order in which they were computed. Linked with
// length_of(b), printed by src/kernels/by_length.ts.

struct Params {
  M: u32, N: u32,
  r: u32,      // row m lies at (m / r) x_m1 + (m % r) x_m + length_of(m % r) x_len
  T: u32,      // the length where there is no table
  in_0: u32, in_m1: u32, in_m: u32, in_len: u32,
  out_0: u32, out_m1: u32, out_m: u32, out_len: u32,
  turned: u32, // 1: row t is the input's length - 1 - t; past the end nothing is written
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
  let t = i / params.N / params.r;
  let b = i / params.N % params.r;
  let n = i % params.N;
  let length = length_of(b);
  if params.turned != 0u && t >= length {
    return;
  }
  let source = select(t, length - 1u - t, params.turned != 0u);
  var value = input[params.in_0 + source * params.in_m1 + b * params.in_m + length * params.in_len + n];
  let to = params.out_0 + t * params.out_m1 + b * params.out_m + length * params.out_len + n;
  if params.accumulate != 0u {
    value += out[to];
  }
  out[to] = value;
}
