// What a device is asked when it is measured: 256 invocations a workgroup hand numbers round, read, and compute, so
// many times each.

struct Params {
  groups: u32,
  exchanges: u32,
  reads: u32,
  terms: u32,
  n: u32, // numbers that are read, a power of two
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>; // [n]
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // [groups, 256]

var<workgroup> handed: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let at = group.x * 256u + thread;
  let last = params.n - 1u;
  var x = input[at & last];
  for (var i = 0u; i < params.exchanges; i++) {
    handed[thread] = x;
    workgroupBarrier();
    x = 0.5 * handed[(thread + 1u) & 255u] + input[(i * 256u + thread) & last];
    workgroupBarrier();
  }
  // no two workgroups at the same place at the same time, and none back at one before it has been everywhere
  for (var i = 1u; i <= params.reads; i++) {
    x += input[(at + i * 196864u) & last];
  }
  var a = x + vec4f(0.0, 1.0, 2.0, 3.0); // none like another, or a compiler computes them once
  var b = a + 4.0;
  var c = a + 8.0;
  var d = a + 12.0;
  for (var i = 0u; i < params.terms; i++) {
    a = 0.5 * a + vec4f(x);
    b = 0.5 * b + vec4f(x);
    c = 0.5 * c + vec4f(x);
    d = 0.5 * d + vec4f(x);
  }
  let sum = a + b + c + d;
  out[at] = sum.x + sum.y + sum.z + sum.w;
}
