// One update of all weights that are trained, a thread a weight. Linked with bindings, with range_of(i), and
// with next(i, at, g, lr, decay): printed of an optimizer's expression, it writes the weight at `at` and its
// moments at i. An update whose gradients are not finite writes nothing.

struct Range {
  shift: u32, // how much further the weights lie than their moments
  layer: u32, // by whose norm their gradients are clipped
  lr: f32,
  decay: f32,
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * 65535u * 64u + id.x;
  if i >= params.n || control[0] == 0.0 {
    return;
  }
  let range = range_of(i);
  let at = i + range.shift;
  let g = clamp(gradients[at] * control[2u + range.layer], -control[1], control[1]);
  next(i, at, g, range.lr, range.decay);
}
