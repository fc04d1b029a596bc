// losses[m] = weights[m] (z - logits[m, target]) + sum over v of smoothing[v] (z - logits[m, v]), where z =
// log sum exp logits[m], and, where wanted, run.scale times its gradient. A row whose target is to be ignored is
// not read, has the loss 0 and no gradient; any other target from V on is none: its logit counts as 0. Finite for
// all finite logits. Linked with shaders/reduce.wgsl, then a workgroup has a row, or with shaders/alone.wgsl, then
// an invocation has.

struct Params {
  M: u32, V: u32,
  r: u32, // row m of the logits lies at (m / r) in_m1 + (m % r) in_m
  in_0: u32, in_m1: u32, in_m: u32,
  smooths: u32, // 1: smoothing is read
  gradient: u32, // 1: dlogits is written
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>; // [M]
@group(0) @binding(3) var<storage, read> weights: array<f32>; // [M]
@group(0) @binding(4) var<storage, read> smoothing: array<f32>; // [V], then their sum
@group(0) @binding(5) var<storage, read_write> dlogits: array<f32>; // [M, V]
@group(0) @binding(6) var<storage, read_write> losses: array<f32>; // [M]
@group(0) @binding(7) var<uniform> run: Run;

const IGNORED = 0xffffffffu;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let m = row_of(group, index);
  let thread = index % TEAM;
  if m >= params.M {
    return;
  }
  let row = params.in_0 + m / params.r * params.in_m1 + m % params.r * params.in_m;
  let target_id = targets[m];
  if target_id == IGNORED {
    if thread == 0u {
      losses[m] = 0.0;
    }
    for (var v = thread; v < params.V && params.gradient != 0u; v += TEAM) {
      dlogits[m * params.V + v] = 0.0;
    }
    return;
  }

  var largest = logits[row];
  for (var v = thread; v < params.V; v += TEAM) {
    largest = max(largest, logits[row + v]);
  }
  largest = reduced(thread, largest, true);

  var sum = 0.0;
  var smooth_loss = 0.0;
  for (var v = thread; v < params.V; v += TEAM) {
    let below = logits[row + v] - largest;
    sum += exp(below);
    if params.smooths != 0u {
      smooth_loss -= smoothing[v] * below;
    }
  }
  sum = reduced(thread, sum, false);
  var smooth_weight = 0.0;
  if params.smooths != 0u {
    smooth_loss = reduced(thread, smooth_loss, false);
    smooth_weight = smoothing[params.V];
  }

  let weight = weights[m];
  if thread == 0u {
    var at_target = 0.0;
    if target_id < params.V {
      at_target = logits[row + target_id];
    }
    // bounded, as the difference of two finite logits need not be finite
    let likelihood = max(at_target - largest, -1e38) - log(sum);
    losses[m] = smooth_loss + smooth_weight * log(sum) - weight * likelihood;
  }
  for (var v = thread; v < params.V && params.gradient != 0u; v += TEAM) {
    let likely = exp(logits[row + v] - largest) / sum;
    var d = weight * (likely - select(0.0, 1.0, v == target_id));
    if params.smooths != 0u {
      d += smooth_weight * likely - smoothing[v];
    }
    dlogits[m * params.V + v] = run.scale * d;
  }
}
