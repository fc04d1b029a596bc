// Draws one token of each sequence from its logits, notes it, and lays it where the next run reads it. One
// workgroup a sequence. A token's chance is a whole number of 2^-31, so that what is drawn hangs on no order
// of summation; who is kept is found digit by digit from counts and sums of 16 bins, a barrier a digit.
// src/kernels/sample.ts says what is asked, and prints how many THREADS there are and their `sums`. Linked with
// shaders/random.wgsl, and with what carries states on (src/kernels/carry.ts).

struct Params {
  B: u32, V: u32,
  logits_0: u32,
  N: u32,      // tokens that `ids` holds of a sequence, as a ring
  digits: u32, // of a token, in base 16
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>; // [B, V] from logits_0 on
@group(0) @binding(2) var<storage, read> asked: array<u32>; // seed, 1 / temperature, top k, top p, stop, how many of `ids` are given
@group(0) @binding(3) var<storage, read_write> place: array<u32>; // [B]: tokens drawn before
@group(0) @binding(4) var<storage, read_write> tokens: array<u32>; // [B]: the last one; the next run's input
@group(0) @binding(5) var<storage, read_write> ids: array<u32>; // [N, B]
@group(0) @binding(6) var<storage, read_write> likelihoods: array<f32>; // [N, B]

const NONE = 0xffffffffu;

// What a search ranks tokens by: their logits, all alike; the same, each by its chance; their numbers alone.
const BY_COUNT = 0u;
const BY_CHANCE = 1u;
const IN_ORDER = 2u;

var<workgroup> bins: array<atomic<u32>, 49>; // 16 of this digit, those before, the next ones, which are 0; the largest key

var<private> row: u32;
var<private> turn: u32;   // digits so far: bins are taken in turns
var<private> top: f32;    // the largest logit
var<private> scale: f32;  // chances of exp(0)

// Floats in the order of integers; zero has no sign.
fn key_of(x: f32) -> u32 {
  let bits = select(bitcast<u32>(x), 0u, x == 0.0);
  return select(bits ^ 0x80000000u, ~bits, bits >= 0x80000000u);
}

fn float_of(key: u32) -> f32 {
  return bitcast<f32>(select(key ^ 0x80000000u, ~key, key < 0x80000000u));
}

fn chance_of(v: u32) -> u32 {
  return u32(exp((logits[row + v] - top) * bitcast<f32>(asked[1])) * scale + 0.5);
}

// The upper word of a product of two.
fn high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}

// Of the tokens that rank no lower than `least`, the one at which the sum from the highest on reaches `share`:
// a count, or a part of 2^32 of the whole.
fn found(thread: u32, least: vec2u, how: u32, share: u32) -> vec2u {
  var result = vec2u();
  var mask = vec2u();
  var left = share;
  let first = select(0u, 8u, how == IN_ORDER);
  for (var digit = first; digit < 8u + params.digits; digit++) {
    let of_key = digit < 8u;
    let shift = 4u * select(7u + params.digits - digit, 7u - digit, of_key);
    let here = turn % 3u * 16u;
    turn += 1u;
    for (var k = thread; k < 16u; k += THREADS) {
      atomicStore(&bins[turn % 3u * 16u + k], 0u);
    }
    for (var v = thread; v < params.V; v += THREADS) {
      let rank = vec2u(key_of(logits[row + v]), (1u << (4u * params.digits)) - 1u - v);
      let is_kept = rank.x > least.x || (rank.x == least.x && rank.y >= least.y);
      let sorted = select(rank, vec2u(0u, rank.y), how == IN_ORDER);
      if is_kept && all((sorted & mask) == result) {
        let weight = select(chance_of(v), 1u, how == BY_COUNT);
        atomicAdd(&bins[here + ((select(sorted.y, sorted.x, of_key) >> shift) & 15u)], weight);
      }
    }
    workgroupBarrier();
    if digit == first && how != BY_COUNT {
      var whole = 0u;
      for (var k = 0u; k < 16u; k++) {
        whole += atomicLoad(&bins[here + k]);
      }
      left = high(share, whole) + 1u;
    }
    var chosen = 0u; // the last that has anything, if none reaches it
    for (var k = 16u; k > 0u && left > 0u; k--) {
      let sum = atomicLoad(&bins[here + k - 1u]);
      if sum > 0u {
        chosen = k - 1u;
        if sum >= left {
          break;
        }
        left -= sum;
      }
    }
    let place = select(vec2u(0u, shift), vec2u(shift, 0u), of_key);
    let is_there = select(vec2u(0u, 1u), vec2u(1u, 0u), of_key);
    result |= (is_there * chosen) << place;
    mask |= (is_there * 15u) << place;
  }
  return result;
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let b = group.y * 65535u + group.x;
  if b >= params.B {
    return;
  }
  row = params.logits_0 + b * params.V;
  for (var k = thread; k < 49u; k += THREADS) {
    atomicStore(&bins[k], 0u);
  }
  workgroupBarrier();
  var own = 0u;
  for (var v = thread; v < params.V; v += THREADS) {
    own = max(own, key_of(logits[row + v]));
  }
  atomicMax(&bins[48], own);
  workgroupBarrier();
  top = float_of(atomicLoad(&bins[48]));
  var sum = vec2f(); // as the model has it, and at that temperature
  for (var v = thread; v < params.V; v += THREADS) {
    let below = logits[row + v] - top;
    sum += exp(vec2f(below, below * bitcast<f32>(asked[1])));
  }
  sums[thread] = sum.x;
  sums[THREADS + thread] = sum.y;
  workgroupBarrier();
  if thread == 0u {
    sum = vec2f();
    for (var k = 0u; k < THREADS; k++) {
      sum += vec2f(sums[k], sums[THREADS + k]);
    }
    sums[0] = sum.x;
    sums[THREADS] = sum.y;
  }
  workgroupBarrier();
  scale = 2147483648.0 / sums[THREADS];

  let n = place[b];
  let is_first = asked[2] == 1u; // of the likeliest
  var least = vec2u(select(0u, key_of(top), is_first), 0u);
  for (var how = select(BY_COUNT, BY_CHANCE, is_first || asked[2] >= params.V); how <= IN_ORDER; how++) {
    var share = asked[2u + how];
    if how == IN_ORDER {
      share = select(mix2(mix2(asked[0], n), b), 0u, is_first);
    } else if share == NONE {
      continue;
    }
    least = found(thread, least, how, share);
  }
  if thread == 0u {
    let id = min((1u << (4u * params.digits)) - 1u - least.y, params.V - 1u);
    let has_ended = n > 0u && asked[4] != NONE && tokens[b] == asked[4];
    let to = n % params.N * params.B + b;
    let is_given = n < asked[5];
    if !is_given {
      likelihoods[to] = select(logits[row + id] - top - log(sums[0]), 0.0, has_ended);
      ids[to] = select(id, asked[4], has_ended);
    }
    tokens[b] = ids[to];
    place[b] = n + 1u;
  }
  carry(b * THREADS + thread, params.B * THREADS);
}
