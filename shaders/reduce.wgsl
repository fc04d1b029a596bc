// A row for the 64 threads of a workgroup together; the sum, or the largest, of a number of each: all of them get it.
// Linked.

const TEAM = 64u;

var<workgroup> partial: array<f32, 64>;

fn row_of(group: vec3u, thread: u32) -> u32 {
  return group.y * 65535u + group.x;
}

fn reduced(thread: u32, value: f32, largest: bool) -> f32 {
  partial[thread] = value;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if thread < half {
      let other = partial[thread + half];
      partial[thread] = select(partial[thread] + other, max(partial[thread], other), largest);
    }
    workgroupBarrier();
  }
  let result = partial[0];
  workgroupBarrier();
  return result;
}
