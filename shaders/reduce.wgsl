// The sum, or the largest, of a number of each of the 64 threads of a workgroup: all of them get it. Linked.

var<workgroup> partial: array<f32, 64>;

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
