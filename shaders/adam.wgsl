// Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019) over all weights at once, a thread a
// weight, as torch.optim has them. An update whose gradients are not finite writes nothing.

struct Params {
  n: u32,
  decoupled: u32, // 1: weights decay by themselves, as in AdamW; 0: weight decay is added to the gradient
  beta1: f32,
  beta2: f32,
  eps: f32,
  weight_decay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> control: array<f32>; // [3], of clip
@group(0) @binding(3) var<storage, read_write> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> m: array<f32>;
@group(0) @binding(5) var<storage, read_write> v: array<f32>;
@group(0) @binding(6) var<uniform> run: Run;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * 65535u * 64u + id.x;
  if i >= params.n || control[1] == 0.0 {
    return;
  }
  var g = clamp(gradients[i] * control[0], -control[2], control[2]);
  var w = weights[i];
  if params.decoupled != 0u {
    w *= 1.0 - run.lr * params.weight_decay;
  } else {
    g += params.weight_decay * w;
  }
  let m_i = params.beta1 * m[i] + (1.0 - params.beta1) * g;
  let v_i = params.beta2 * v[i] + (1.0 - params.beta2) * g * g;
  m[i] = m_i;
  v[i] = v_i;
  weights[i] = w - run.lr / run.correction1 * m_i / (sqrt(v_i / run.correction2) + params.eps);
}
