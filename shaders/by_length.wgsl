// Rows from where they lie by a sequence's length to where others do: out[t, b] = in[t, b], or +=, each operand
// shifted by so many elements for each of the sequence's steps. Initial states of a direction that reads from the
// end, final states, and outputs turned about. Linked with length_of(b).

struct Params {
  M: u32, N: u32,
  r: u32,      // row m lies at (m / r) x_m1 + (m % r) x_m + length(m % r) x_len
  in_0: u32, in_m1: i32, in_m: u32, in_len: u32,
  out_0: u32, out_m1: u32, out_m: u32, out_len: u32,
  within: u32, // 1: only rows before the sequence's end
  T: u32,
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
  let length = length_of(m);
  if params.within != 0u && m1 >= length {
    return;
  }
  let sign = i32(m1) * params.in_m1;
  var value = input[u32(i32(params.in_0 + m * params.in_m + length * params.in_len + n) + sign)];
  let to = params.out_0 + m1 * params.out_m1 + m * params.out_m + length * params.out_len + n;
  if params.accumulate != 0u {
    value += out[to];
  }
  out[to] = value;
}
