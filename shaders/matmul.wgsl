// C[m, n] = bias[n] + sum over k of A[m, k] B[k, n] + C[m, n], in increasing k, for every z; bias and old C
// where asked. A workgroup makes a tile of 64 x 64, a thread 4 x 4 of it in registers, from tiles of A and B
// of 16 k's each. With `ones`, B has one more column, of ones: the sum over k of A[m, k] (a bias's gradient)
// goes to C[ones_0 + m]. Linked with rows(), depth(), row_at(m), depth_at(k), printed by src/kernels/matmul.ts: all
// rows and all k, or those that a table of live steps has.

struct Params {
  M: u32, N: u32, K: u32,
  r: u32, // rows m and indices k lie by two levels of stride: m at (m / r) m1 + (m % r) m, k at (k / s) k1 + (k % s) k
  s: u32,
  a_0: u32, a_z: u32, a_m1: u32, a_m: u32, a_k1: u32, a_k: u32,
  b_0: u32, b_z: u32, b_k1: u32, b_k: u32, b_n: u32,
  c_0: u32, c_z: u32, c_m1: u32, c_m: u32,
  bias_0: u32, bias_z: u32,
  Z: u32,
  bias: u32,
  accumulate: u32,
  ones: u32, ones_0: u32, ones_z: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> A: array<f32>;
@group(0) @binding(2) var<storage, read> B: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> C: array<f32>;

const TILE = 64u;    // rows and columns of a workgroup
const DEPTH = 16u;   // k's at a time
const STRIDE = 65u;  // of a k in a tile: one more than TILE, so that neighbours in k lie in different banks

var<workgroup> a_tile: array<f32, 1040>; // [DEPTH][STRIDE]
var<workgroup> b_tile: array<f32, 1040>;

fn two_levels(i: u32, inner: u32, stride1: u32, stride: u32) -> u32 {
  if i < inner { // all of them, where there is one level: spares the division
    return i * stride;
  }
  return (i / inner) * stride1 + (i % inner) * stride;
}

fn a_address(m: u32, k: u32, z: u32) -> u32 {
  return params.a_0 + z * params.a_z
    + two_levels(row_at(m), params.r, params.a_m1, params.a_m)
    + two_levels(depth_at(k), params.s, params.a_k1, params.a_k);
}

fn b_address(k: u32, n: u32, z: u32) -> u32 {
  return params.b_0 + z * params.b_z + two_levels(depth_at(k), params.s, params.b_k1, params.b_k) + n * params.b_n;
}

fn c_address(m: u32, n: u32, z: u32) -> u32 {
  if n == params.N { // the column of ones
    return params.ones_0 + z * params.ones_z + row_at(m);
  }
  return params.c_0 + z * params.c_z + two_levels(row_at(m), params.r, params.c_m1, params.c_m) + n;
}

fn inside(m: u32, n: u32) -> bool {
  return m < rows() && n < params.N + params.ones;
}

// What the sum for C[m, n] starts from.
fn start(m: u32, n: u32, z: u32) -> f32 {
  var value = 0.0;
  if inside(m, n) {
    if params.bias != 0u && n < params.N {
      value = bias[params.bias_0 + z * params.bias_z + n];
    }
    if params.accumulate != 0u {
      value += C[c_address(m, n, z)];
    }
  }
  return value;
}

// Of four columns, 16 apart.
fn start_row(m: u32, n: u32, z: u32) -> vec4f {
  return vec4f(start(m, n, z), start(m, n + 16u, z), start(m, n + 32u, z), start(m, n + 48u, z));
}

fn store(m: u32, n: u32, z: u32, value: f32) {
  if inside(m, n) {
    C[c_address(m, n, z)] = value;
  }
}

fn store_row(m: u32, n: u32, z: u32, row: vec4f) {
  store(m, n, z, row.x);
  store(m, n + 16u, z, row.y);
  store(m, n + 32u, z, row.z);
  store(m, n + 48u, z, row.w);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let z = group.z;
  let first_m = group.y * TILE;
  let first_n = group.x * TILE;
  if first_m >= rows() {
    return;
  }
  // This thread's results are rows m, m + 16, m + 32, m + 48, columns alike: neighbouring threads,
  // neighbouring columns.
  let local_m = thread / 16u;
  let local_n = thread % 16u;
  let m = first_m + local_m;
  let n = first_n + local_n;
  var row0 = start_row(m, n, z);
  var row1 = start_row(m + 16u, n, z);
  var row2 = start_row(m + 32u, n, z);
  var row3 = start_row(m + 48u, n, z);

  // Of each tile a thread loads 4 elements; neighbouring threads follow the dimension that lies closer
  // together.
  let a_along_k = params.a_k < params.a_m;
  let b_along_k = params.b_k < params.b_n;
  for (var first_k = 0u; first_k < depth(); first_k += DEPTH) {
    for (var i = 0u; i < 4u; i++) {
      let local = select(thread % 64u, thread / 16u + 16u * i, a_along_k);
      let k = select(thread / 64u + 4u * i, thread % 16u, a_along_k);
      var value = 0.0;
      if first_m + local < rows() && first_k + k < depth() {
        value = A[a_address(first_m + local, first_k + k, z)];
      }
      a_tile[k * STRIDE + local] = value;
    }
    for (var i = 0u; i < 4u; i++) {
      let local = select(thread % 64u, thread / 16u + 16u * i, b_along_k);
      let k = select(thread / 64u + 4u * i, thread % 16u, b_along_k);
      var value = 1.0; // of the column of ones; elsewhere it meets a 0 of A, or is not stored
      if first_n + local < params.N && first_k + k < depth() {
        value = B[b_address(first_k + k, first_n + local, z)];
      }
      b_tile[k * STRIDE + local] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let a = k * STRIDE + local_m;
      let b = k * STRIDE + local_n;
      let columns = vec4f(b_tile[b], b_tile[b + 16u], b_tile[b + 32u], b_tile[b + 48u]);
      row0 += a_tile[a] * columns;
      row1 += a_tile[a + 16u] * columns;
      row2 += a_tile[a + 32u] * columns;
      row3 += a_tile[a + 48u] * columns;
    }
    workgroupBarrier();
  }

  store_row(m, n, z, row0);
  store_row(m + 16u, n, z, row1);
  store_row(m + 32u, n, z, row2);
  store_row(m + 48u, n, z, row3);
}
