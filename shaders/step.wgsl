// One dispatch of a recurrent layer's step, forward or backward: it finishes one step (what the units
// exchange, and what follows from it) and begins the next. Linked with shaders/step_places.wgsl and with a program
// that src/kernels/step_text.ts prints from a cell:
//   TILE, UNITS, ACROSS, BACKWARD; finish(t, b, d, own, part, l) ends a step for the TILE sequences from the b-th on; begin(t, b,
//   d, j) begins one for sequence b; sequence(n) and code(t, b) say which sequences there are, and what a step does.
// One invocation owns unit j of direction d, and those ACROSS further in its workgroup's UNITS, for TILE sequences; where
// sums are split, 64 / UNITS invocations share a unit.
// Where no unit looks at another it runs all steps.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) l: u32) {
  let own = group.x * UNITS + l % ACROSS;
  let part = l / ACROSS;
  let b = group.y * TILE;
  let d = group.z;
  if params.tail != NONE {
    finish(time_of(params.tail, d), b, d, own, part, l);
  }
  if params.head != NONE && part == 0u {
    for (var j = own; j < min(group.x * UNITS + UNITS, params.H); j += ACROSS) {
      for (var step = params.head; step < params.head + params.steps; step++) {
        for (var i = 0u; i < TILE && b + i < params.B; i++) {
          begin(time_of(step, d), sequence(b + i), d, j);
        }
      }
    }
  }
}
