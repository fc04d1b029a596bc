// From softmax(logits) to the gradient of the CTC loss, in place: dlogits[m, v] = weights[b] (softmax - the
// probability that a path is at a state of label v at t), for rows m = t B + b of steps that there are. One
// workgroup a row; a thread sums the states of a label.

struct Params {
  T: u32, B: u32, V: u32, S: u32,
  blank: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> paths: array<f32>; // [B, T + 2, 2 S + 1]
@group(0) @binding(2) var<storage, read> targets: array<u32>; // [B, 2 + 2 S]: steps, labels; labels; their order
@group(0) @binding(3) var<storage, read> weights: array<f32>; // [B]
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>; // [T, B, V]

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let m = group.y * 65535u + group.x;
  if m >= params.T * params.B {
    return;
  }
  let t = m / params.B;
  let b = m % params.B;
  let given = b * (2u + 2u * params.S);
  if t >= targets[given] {
    return;
  }
  let count = targets[given + 1u];
  let labels = given + 2u;
  let order = labels + params.S;
  let row = (b * (params.T + 2u) + t) * (2u * params.S + 1u);
  let weight = weights[b];

  var sum = 0.0;
  for (var i = thread; i <= count; i += 64u) {
    sum += paths[row + 2u * i];
  }
  sums[thread] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if thread < half {
      sums[thread] += sums[thread + half];
    }
    workgroupBarrier();
  }
  for (var v = thread; v < params.V; v += 64u) {
    dlogits[m * params.V + v] = weight * (dlogits[m * params.V + v] - select(0.0, sums[0], v == params.blank));
  }
  storageBarrier();

  // In `order`, positions of one label stand together; the thread of the first of them sums them up.
  for (var i = thread; i < count; i += 64u) {
    let label = targets[labels + targets[order + i]];
    if i > 0u && targets[labels + targets[order + i - 1u]] == label {
      continue;
    }
    sum = 0.0;
    for (var k = i; k < count && targets[labels + targets[order + k]] == label; k++) {
      sum += paths[row + 2u * targets[order + k] + 1u];
    }
    dlogits[m * params.V + label] -= weight * sum;
  }
}
