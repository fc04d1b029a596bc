// out[m, n] = f(x0[m, n], x1[m, n], …), or +=: a function of the values of a model, number by number. Linked
// with bindings and value_at(m1, m, n): printed of an expression, or those of shaders/dropout.wgsl.

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * 65535u * 64u + id.x;
  if i >= params.M * params.N {
    return;
  }
  let m1 = i / params.N / params.r;
  let m = i / params.N % params.r;
  let n = i % params.N;
  let to = params.out_0 + m1 * params.out_m1 + m * params.out_m + n;
  var value = value_at(m1, m, n);
  if params.accumulate != 0u {
    value += out[to];
  }
  out[to] = value;
}
