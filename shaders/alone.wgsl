// A row of its own for each of the 64 threads of a workgroup, in place of shaders/reduce.wgsl where a workgroup shares
// a row: nobody waits for others. Linked.

const TEAM = 1u;

fn row_of(group: vec3u, thread: u32) -> u32 {
  return (group.y * 65535u + group.x) * 64u + thread;
}

fn reduced(thread: u32, value: f32, largest: bool) -> f32 {
  return value;
}
