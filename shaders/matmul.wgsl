// C[m, n] = f(bias[n] + C[m, n] + sum over k of A[m, k] B[k, n]), in increasing k, for every z; bias, old C and f where
// asked. A workgroup makes a tile of C, a thread a block of it in registers, row by row in groups of 4 columns.
// With ones, the sum over k of A[m, k] (a bias's gradient) goes to C[ones_0 + m]. Linked with what
// src/kernels/matmul_text.ts prints for a form of it (sizes, how 4 numbers of A and of B are read, a thread's
// places, and the loop over k, by way of workgroup memory or straight), where main calls places, products and stores.

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
  parts: u32, // k is cut into so many: the sums over part p are those of z = p Z + z in C
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> bias: array<f32>;

fn two_levels(i: u32, inner: u32, stride1: u32, stride: u32) -> u32 {
  if i < inner { // all of them, where there is one level: spares the division
    return i * stride;
  }
  return (i / inner) * stride1 + (i % inner) * stride;
}

// Where row m of A begins, and column n of B. Of those beyond the last it is the last: what they give is not stored.
fn a_row(m: u32, z: u32) -> u32 {
  return params.a_0 + z * params.a_z + a_place(row_at(min(m, rows() - A_EACH)));
}

fn b_column(n: u32, z: u32) -> u32 {
  return params.b_0 + z * params.b_z + min(n, params.N - B_EACH) * params.b_n;
}

fn c_row(m: u32, z: u32) -> u32 {
  return params.c_0 + z * params.c_z + c_place(row_at(m));
}

fn bias_four(n: u32, z: u32) -> vec4f {
  let at = params.bias_0 + z * params.bias_z + n;
  return vec4f(bias[at], bias[at + 1u], bias[at + 2u], bias[at + 3u]);
}

fn is_inside(m: u32, n: u32) -> bool {
  return m < rows() && n < params.N;
}

// Four k's: a of one row, b of four columns, column of b by column.
fn add(sums: vec4f, a: vec4f, b: mat4x4f) -> vec4f {
  return (((sums + a.x * b[0]) + a.y * b[1]) + a.z * b[2]) + a.w * b[3];
}

fn add_ones(sum: f32, a: vec4f) -> f32 {
  return (((sum + a.x) + a.y) + a.z) + a.w;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let z = group.z % params.Z;
  let first_m = group.y * TILE_M;
  let first_n = group.x * TILE_N;
  if first_m >= rows() {
    return;
  }
  // the k's of this part
  let most = (depth() + params.parts * 32u - 1u) / (params.parts * 32u) * 32u;
  let begin = group.z / params.Z * most;
  let end = min(begin + most, depth());
  let deep = thread % DEEP;
  let row = thread / DEEP / ACROSS;
  let column = thread / DEEP % ACROSS;
  places();
  products();
  stores();
}
