// out[m, t] = softmax of input[m, :] over the steps t that sequence m % B has, 0 for the others; or, backward,
// input is that softmax and out the gradient of what went into it, d of what came out. One workgroup a row.
// Linked with shaders/reduce.wgsl and shaders/live.wgsl.

struct Params {
  M: u32, T: u32, B: u32,
  codes: u32,
  backward: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> live: array<u32>;
@group(0) @binding(2) var<storage, read> input: array<f32>; // [M, T], as all
@group(0) @binding(3) var<storage, read> d: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let m = group.y * 65535u + group.x;
  if m >= params.M {
    return;
  }
  let b = m % params.B;
  let row = m * params.T;
  var largest = 0.0;
  if params.backward == 0u {
    var own = -3.4e38;
    for (var t = thread; t < params.T; t += 64u) {
      if is_live(t * params.B + b) {
        own = max(own, input[row + t]);
      }
    }
    largest = reduced(thread, own, true);
  }
  var own = 0.0;
  for (var t = thread; t < params.T; t += 64u) {
    if is_live(t * params.B + b) {
      if params.backward == 0u {
        own += exp(input[row + t] - largest);
      } else {
        own += input[row + t] * d[row + t];
      }
    }
  }
  let sum = reduced(thread, own, false);
  for (var t = thread; t < params.T; t += 64u) {
    var value = 0.0;
    if is_live(t * params.B + b) {
      if params.backward == 0u {
        value = exp(input[row + t] - largest) / sum;
      } else {
        value = input[row + t] * (d[row + t] - sum);
      }
    }
    if params.accumulate != 0u {
      value += out[row + t];
    }
    out[row + t] = value;
  }
}
