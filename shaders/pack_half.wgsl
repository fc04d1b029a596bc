// The packed copy of the weights as float16, two numbers a word: of the copy with k outermost (shaders/pack.wgsl) the
// numbers 2 w and 2 w + 1 are word w. An invocation makes a word: matrices may begin in the middle of one.

struct Params {
  entries: u32,
  words: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> table: array<u32>; // [entries, 4]: from, to, N, K
@group(0) @binding(2) var<storage, read> weights: array<f32>; // at from: [N, K]
@group(0) @binding(3) var<storage, read_write> packed: array<u32>; // at to, in numbers: [K, N]

/// Number i of the packed copy; 0 of what is in no matrix.
fn number(i: u32) -> f32 {
  var value = 0.0;
  for (var entry = 0u; entry < params.entries; entry++) {
    let to = table[4u * entry + 1u];
    let N = table[4u * entry + 2u];
    let K = table[4u * entry + 3u];
    if i >= to && i < to + N * K {
      value = weights[table[4u * entry] + (i - to) % N * K + (i - to) / N];
    }
  }
  // beyond what a float16 holds it is the largest, not infinity
  return clamp(value, -65504.0, 65504.0);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let word = id.y * 65535u * 64u + id.x;
  if word < params.words {
    packed[word] = pack2x16float(vec2f(number(2u * word), number(2u * word + 1u)));
  }
}
