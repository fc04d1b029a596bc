// losses[m] = scale (log sum exp logits[m] - logits[m, target]) and, where wanted, dlogits[m, v] = scale
// (softmax - one-hot). A row whose target is to be ignored has the loss 0 and no gradient. One workgroup a
// row; finite for all finite logits.

struct Params {
  M: u32, V: u32,
  r: u32, // row m of the logits lies at (m / r) in_m1 + (m % r) in_m, its target alike
  in_0: u32, in_m1: u32, in_m: u32,
  targets_m1: u32, targets_m: u32,
  gradient: u32, // 1: dlogits is written
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read> scale: array<f32>; // [1]
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>; // [M, V]
@group(0) @binding(5) var<storage, read_write> losses: array<f32>; // [M]

const IGNORED = 0xffffffffu;

var<workgroup> shared_values: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let m = group.y * 65535u + group.x;
  if m >= params.M {
    return;
  }
  let m1 = m / params.r;
  let m0 = m % params.r;
  let row = params.in_0 + m1 * params.in_m1 + m0 * params.in_m;
  let target_id = targets[m1 * params.targets_m1 + m0 * params.targets_m];

  var largest = logits[row];
  for (var v = thread; v < params.V; v += 64u) {
    largest = max(largest, logits[row + v]);
  }
  shared_values[thread] = largest;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if thread < half {
      shared_values[thread] = max(shared_values[thread], shared_values[thread + half]);
    }
    workgroupBarrier();
  }
  largest = shared_values[0];
  workgroupBarrier();

  var sum = 0.0;
  for (var v = thread; v < params.V; v += 64u) {
    sum += exp(logits[row + v] - largest);
  }
  shared_values[thread] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if thread < half {
      shared_values[thread] += shared_values[thread + half];
    }
    workgroupBarrier();
  }
  sum = shared_values[0];

  let counts = target_id != IGNORED;
  if thread == 0u {
    var loss = 0.0;
    if counts {
      // bounded, as the difference of two finite logits need not be finite
      let likelihood = max(logits[row + target_id] - largest, -1e38) - log(sum);
      loss = -scale[0] * likelihood;
    }
    losses[m] = loss;
  }
  if params.gradient != 0u {
    for (var v = thread; v < params.V; v += 64u) {
      var d = 0.0;
      if counts {
        d = scale[0] * (exp(logits[row + v] - largest) / sum - select(0.0, 1.0, v == target_id));
      }
      dlogits[m * params.V + v] = d;
    }
  }
}
