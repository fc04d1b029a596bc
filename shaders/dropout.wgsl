// out[m, n] = mask[m, n] input[m, n], or += : forward and backward alike. Nothing is stored: the mask is
// hashed from the run's seed, the layer and what the number is of, which does not depend on how rows lie.
// Linked with shaders/pointwise.wgsl.

struct Params {
  M: u32, N: u32,
  r: u32, // row m lies at (m / r) x_m1 + (m % r) x_m
  in_0: u32, in_m1: u32, in_m: u32,
  out_0: u32, out_m1: u32, out_m: u32,
  layer: u32,
  threshold: u32,  // hashes below it are dropped
  scale: f32,      // of what stays
  sequences: u32,  // 1: rows are (t, b), and b counts on from run.first
  once: u32,       // 1: one mask for all m / r
  transposed: u32, // 1: the mask of (n, m % r), as where m % r and n change places
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> run: Run;

fn value_at(m1: u32, m: u32, n: u32) -> f32 {
  let row = select(m, n, params.transposed != 0u) + params.sequences * run.first;
  let column = select(n, m, params.transposed != 0u);
  let key = mix2(mix2(mix2(run.seed, params.layer), row), select(m1, 0x3fffffffu, params.once != 0u));
  let kept = mix2(key, column) >= params.threshold;
  let value = input[params.in_0 + m1 * params.in_m1 + m * params.in_m + n];
  return select(0.0, params.scale * value, kept);
}
