// Gradient descent over all weights at once, a thread a weight, as torch.optim.SGD. Without momentum, the buffer of that
// name is not touched. An update whose gradients are not finite writes nothing.

struct Params {
  n: u32,
  by_value: u32, // 1: run.clip bounds each gradient; 0: control[0] scales them
  nesterov: u32,
  momentum: f32,
  weight_decay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> control: array<f32>; // [2], of clip
@group(0) @binding(3) var<storage, read_write> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> momentum: array<f32>;
@group(0) @binding(5) var<uniform> run: Run;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * 65535u * 64u + id.x;
  if i >= params.n || control[1] == 0.0 {
    return;
  }
  var g = gradients[i] * control[0];
  if params.by_value != 0u && run.clip > 0.0 {
    g = clamp(gradients[i], -run.clip, run.clip);
  }
  let w = weights[i];
  g += params.weight_decay * w;
  if params.momentum != 0.0 {
    let moved = params.momentum * momentum[i] + g;
    momentum[i] = moved;
    g = select(moved, g + params.momentum * moved, params.nesterov != 0u);
  }
  weights[i] = w - run.lr * g;
}
