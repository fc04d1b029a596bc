// out[d, t] = the square root of the sum over b and j of ds[t, b, d, j]^2: how long the loss's gradient by a state is at every
// time step. A workgroup makes one number.

struct Params {
  T: u32, B: u32, D: u32, H: u32,
  in_0: u32,
  out_0: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ds: array<f32>; // [T, B, D, H]
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // [D, T]

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = group.y * 65535u + group.x;
  if i >= params.T * params.D {
    return;
  }
  let t = i / params.D;
  let d = i % params.D;
  var sum = 0.0;
  for (var j = thread; j < params.B * params.H; j += 64u) {
    let b = j / params.H;
    let value = ds[params.in_0 + ((t * params.B + b) * params.D + d) * params.H + j % params.H];
    sum += value * value;
  }
  sums[thread] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if thread < half {
      sums[thread] += sums[thread + half];
    }
    workgroupBarrier();
  }
  if thread == 0u {
    out[params.out_0 + d * params.T + t] = sqrt(sums[0]);
  }
}
