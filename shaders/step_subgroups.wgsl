// One step of inference where subgroups can add, for few sequences: a subgroup owns a unit at a time, each of its
// invocations every so many numbers of what a sum is over, so that a matrix's row is read side by side. Linked with
// shaders/step_places.wgsl and with what src/kernels/step_subgroups_text.ts prints of a cell: finish(t, b, d, j, lane,
// lanes, isThere) ends the step of unit j. Subgroups may have any size: a workgroup of one dimension is cut into them in
// order. Text of its own, as not all compilers know subgroups.

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) l: u32,
  @builtin(subgroup_size) size: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let lanes = min(size, 64u);
  for (var u = l / lanes; u < UNITS; u += 64u / lanes) {
    let j = group.x * UNITS + u;
    finish(time_of(params.tail, group.z), group.y, group.z, min(j, params.H - 1u), lane, lanes, j < params.H);
  }
}
