// All time steps of a recurrent layer in one dispatch, forward or backward: a workgroup owns TILE sequences of one
// direction from the first step to the last, since no other barrier than a workgroup's own is portable. Linked with
// shaders/step_places.wgsl and with what src/kernels/scan_text.ts prints from a cell:
//   TILE, BACKWARD; own(l, tile, d) settles which units and which rows of the products an invocation owns;
//   load_weights() takes the rows' weights into registers, where they fit; load_states(t, d) and store_states(t,
//   d) take what goes on from step to step in and out; fetch(t, d) loads what a step reads, ahead of its turn, and take()
//   makes it the present one's; run_step(l, t, next, d) does a step: two barriers for each exchange.
// In a product an invocation owns a row of the matrix (or a part of it) for all sequences of the tile, in the cell a
// unit of one sequence.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) l: u32) {
  let d = group.z;
  let tile = group.x * TILE;
  // The longest sequence of a tile is its first: steps that none of them has are left out.
  let length = tile_length(tile);
  let is_falling = is_reversed(d) != BACKWARD; // times from the last to the first
  let first = max(params.head, select(0u, params.T - length, is_falling));
  let end = min(params.head + params.steps, select(length, params.T, is_falling));
  if first < end {
    own(l, tile, d);
    load_weights();
    load_states(time_of(first, d), d);
    fetch(time_of(first, d), d);
    for (var step = first; step < end; step++) {
      take();
      run_step(l, time_of(step, d), time_of(min(step + 1u, end - 1u), d), d);
    }
    store_states(time_of(end - 1u, d), d);
  }
}
