// Gradient descent over all weights at once, a thread a weight, as torch.optim.SGD. Without momentum, the
// buffer of that name is not touched. An update whose gradients are not finite writes nothing.

struct Params {
  n: u32,
  nesterov: u32,
  momentum: f32,
  weight_decay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> control: array<f32>; // [3], of clip
@group(0) @binding(3) var<storage, read_write> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> momentum: array<f32>;
@group(0) @binding(5) var<uniform> run: Run;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * 65535u * 64u + id.x;
  if i >= params.n || control[1] == 0.0 {
    return;
  }
  var g = clamp(gradients[i] * control[0], -control[2], control[2]);
  let w = weights[i];
  g += params.weight_decay * w;
  if params.momentum != 0.0 {
    let moved = params.momentum * momentum[i] + g;
    momentum[i] = moved;
    g = select(moved, g + params.momentum * moved, params.nesterov != 0u);
  }
  weights[i] = w - run.lr * g;
}
