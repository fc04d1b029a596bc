// out[g] = the sum of the g-th of `parts` stretches of the input, or of its numbers' squares, or that one's
// root; or +=. In a fixed order, a workgroup a stretch: a loss from the losses of all rows, and both kinds of
// norm.

struct Params {
  n: u32,
  parts: u32,
  in_0: u32,
  out_0: u32,
  squares: u32,
  root: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>; // [n] from in_0 on
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // [parts] from out_0 on

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let part = group.y * 65535u + group.x;
  if part >= params.parts {
    return;
  }
  let stretch = (params.n + params.parts - 1u) / params.parts;
  let end = min((part + 1u) * stretch, params.n);
  var sum = 0.0;
  for (var i = part * stretch + thread; i < end; i += 256u) {
    let value = input[params.in_0 + i];
    sum += value * select(1.0, value, params.squares != 0u);
  }
  sums[thread] = sum;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if thread < half {
      sums[thread] += sums[thread + half];
    }
    workgroupBarrier();
  }
  if thread == 0u {
    let to = params.out_0 + part;
    var result = sums[0];
    if params.root != 0u {
      result = sqrt(result);
    }
    if params.accumulate != 0u {
      result += out[to];
    }
    out[to] = result;
  }
}
