// partial[g] = the sum of the squares of the g-th of `parts` stretches of the gradients: the first half of their norm.

struct Params {
  n: u32,
  parts: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>; // [n]
@group(0) @binding(2) var<storage, read_write> partial: array<f32>; // [parts]

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let stretch = (params.n + params.parts - 1u) / params.parts;
  let end = min((group.x + 1u) * stretch, params.n);
  var sum = 0.0;
  for (var i = group.x * stretch + thread; i < end; i += 256u) {
    sum += gradients[i] * gradients[i];
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
    partial[group.x] = sums[0];
  }
}
