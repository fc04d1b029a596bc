// out[m, n] = mask[m, n] input[m, n], or += : forward and backward alike. Nothing is stored: the mask is
// hashed from the run's seed, the layer and the position m N + n, which does not depend on how rows lie.
// Linked with shaders/pointwise.wgsl.

struct Params {
  M: u32, N: u32,
  r: u32, // row m lies at (m / r) x_m1 + (m % r) x_m
  in_0: u32, in_m1: u32, in_m: u32,
  out_0: u32, out_m1: u32, out_m: u32,
  layer: u32,
  threshold: u32, // hashes below it are dropped
  scale: f32,     // of what stays
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> run: Run;

fn value_at(m1: u32, m: u32, n: u32) -> f32 {
  let position = (m1 * params.r + m) * params.N + n;
  let kept = mix2(mix2(run.seed, params.layer), position) >= params.threshold;
  return select(0.0, params.scale, kept) * input[params.in_0 + m1 * params.in_m1 + m * params.in_m + n];
}
