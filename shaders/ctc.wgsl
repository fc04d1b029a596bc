// Connectionist temporal classification (Graves et al. 2006) in logarithms: losses[b] = -weights[b] times the
// log-likelihood of a sequence's labels, over all paths through its states: blank, label, blank, label, …,
// blank. With gradient, paths becomes the probability of each state at each step. One workgroup a sequence.

struct Params {
  T: u32, B: u32, S: u32,
  in_0: u32, in_m1: u32, in_m: u32, // row (t, b) of the logits lies at t in_m1 + b in_m
  blank: u32,
  gradient: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> normalizers: array<f32>; // [T, B]: log sum exp
@group(0) @binding(3) var<storage, read> targets: array<u32>; // [B, 2 + S]: steps, labels; the labels
@group(0) @binding(4) var<storage, read> weights: array<f32>; // [B]
@group(0) @binding(5) var<storage, read_write> paths: array<f32>; // [B, T + 2, 2 S + 1]; no gradient: [B, 2, …]
@group(0) @binding(6) var<storage, read_write> losses: array<f32>; // [B]

const NEVER = -0x1p100; // the logarithm of 0: finite, and nothing that is added to it shows

fn label_of(b: u32, s: u32) -> u32 {
  if s % 2u == 0u {
    return params.blank;
  }
  return targets[b * (2u + params.S) + 2u + s / 2u];
}

fn log_probability(t: u32, b: u32, s: u32) -> f32 {
  let row = params.in_0 + t * params.in_m1 + b * params.in_m;
  return logits[row + label_of(b, s)] - normalizers[t * params.B + b];
}

fn log_sum(a: f32, b: f32, c: f32) -> f32 {
  let largest = max(a, max(b, c));
  return largest + log(exp(a - largest) + exp(b - largest) + exp(c - largest));
}

// Of the paths of a row that one step leads to s: from s, from its neighbour on a side (1 or -1), and from the
// one after that where the two are different labels, past the blank between them.
fn led_to(s: u32, side: u32, row: u32, b: u32, states: u32) -> f32 {
  let near = s + side;
  let far = near + side;
  var one = NEVER;
  var two = NEVER;
  if near < states {
    one = paths[row + near];
  }
  if far < states && label_of(b, s) != label_of(b, far) {
    two = paths[row + far];
  }
  return log_sum(paths[row + s], one, two);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let b = group.y * 65535u + group.x;
  if b >= params.B {
    return;
  }
  let steps = targets[b * (2u + params.S)];
  let states = 2u * targets[b * (2u + params.S) + 1u] + 1u;
  let width = 2u * params.S + 1u;
  let kept = params.gradient != 0u;
  let first = b * select(2u, params.T + 2u, kept) * width;

  // of all paths to s at t, t included
  var row = first;
  for (var t = 0u; t < steps; t++) {
    let before = row;
    row = first + select(t % 2u, t, kept) * width;
    for (var s = thread; s < states; s += 256u) {
      var come = select(NEVER, 0.0, s < 2u);
      if t > 0u {
        come = led_to(s, 0xffffffffu, before, b, states);
      }
      paths[row + s] = come + log_probability(t, b, s);
    }
    storageBarrier();
  }

  var likelihood = select(NEVER, 0.0, states == 1u);
  if steps > 0u {
    likelihood = led_to(states - 1u, 0xffffffffu, row, b, states);
  }
  storageBarrier();
  if thread == 0u {
    losses[b] = -weights[b] * likelihood;
  }
  if !kept {
    return;
  }

  // of all paths from s at t to the end: without t in `go`, with it in two rows after the others
  for (var left = steps; left > 0u; left--) {
    let t = left - 1u;
    let at_t = first + t * width;
    row = first + (params.T + t % 2u) * width;
    let after = first + (params.T + left % 2u) * width;
    for (var s = thread; s < states; s += 256u) {
      var go = select(NEVER, 0.0, s + 2u >= states);
      if left < steps {
        go = led_to(s, 1u, after, b, states);
      }
      paths[row + s] = go + log_probability(t, b, s);
      paths[at_t + s] = exp(paths[at_t + s] + go - likelihood);
    }
    storageBarrier();
  }
}
