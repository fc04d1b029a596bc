// out = the sum of input[0] to input[n - 1], or += : in a fixed order, by one workgroup.

struct Params {
  n: u32,
  out_0: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  var sum = 0.0;
  for (var i = thread; i < params.n; i += 256u) {
    sum += input[i];
  }
  sums[thread] = sum;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if thread < half {
      sums[thread] += sums[thread + half];
    }
    workgroupBarrier();
  }
  if thread == 0u {
    var start = 0.0;
    if params.accumulate != 0u {
      start = out[params.out_0];
    }
    out[params.out_0] = start + sums[0];
  }
}
