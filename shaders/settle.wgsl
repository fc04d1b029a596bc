// out[m, n] = input[m, n] where the table of live steps has row m, else 0. Linked with shaders/pointwise.wgsl
// and live.wgsl.

struct Params {
  M: u32, N: u32,
  r: u32, // row m lies at (m / r) x_m1 + (m % r) x_m
  in_0: u32, in_m1: u32, in_m: u32,
  out_0: u32, out_m1: u32, out_m: u32,
  codes: u32, // where they begin in the table: 1 where a row is live
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> live: array<u32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn value_at(m1: u32, m: u32, n: u32) -> f32 {
  let value = input[params.in_0 + m1 * params.in_m1 + m * params.in_m + n];
  return select(0.0, value, is_live(m1 * params.r + m));
}
