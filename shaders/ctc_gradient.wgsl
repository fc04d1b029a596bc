// From run.scale softmax(logits) to run.scale times the gradient of the CTC loss, in place: dlogits[m, v] = run.scale
// weights[b] (softmax - the probability that a path is at a state of class v at t), for rows m = t B + b of steps
// that there are. One workgroup a row; a thread sums the states of a class.

struct Params {
  T: u32, B: u32, V: u32, S: u32,
  blank: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> paths: array<f32>; // [B, T + 2, 2 S + 1]
@group(0) @binding(2) var<storage, read> targets: array<u32>; // [B, 2 + S]: steps, labels; the labels
@group(0) @binding(3) var<storage, read> weights: array<f32>; // [B]
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>; // [T, B, V]
@group(0) @binding(5) var<uniform> run: Run;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let m = group.y * 65535u + group.x;
  if m >= params.T * params.B {
    return;
  }
  let t = m / params.B;
  let b = m % params.B;
  let given = b * (2u + params.S);
  if t >= targets[given] {
    return;
  }
  let count = targets[given + 1u];
  let labels = given + 2u;
  let row = (b * (params.T + 2u) + t) * (2u * params.S + 1u);
  let weight = weights[b];
  for (var v = thread; v < params.V; v += 64u) {
    dlogits[m * params.V + v] *= weight;
  }
  storageBarrier();

  // The blank, then each label where it stands first.
  for (var i = thread; i <= count; i += 64u) {
    var v = params.blank;
    var sum = paths[row];
    if i > 0u {
      v = targets[labels + i - 1u];
      sum = 0.0;
    }
    for (var k = 1u; k <= count; k++) {
      if i == 0u {
        sum += paths[row + 2u * k];
      } else if targets[labels + k - 1u] == v {
        if k < i {
          v = params.V; // another thread's
          break;
        }
        sum += paths[row + 2u * k - 1u];
      }
    }
    if v < params.V {
      dlogits[m * params.V + v] -= run.scale * weight * sum;
    }
  }
}
