// Where the numbers of a recurrent layer lie in time: linked with shaders/step.wgsl and shaders/scan.wgsl.

struct Params {
  T: u32,         // time steps
  B: u32,         // sequences
  H: u32,         // units
  P: u32,         // numbers of the output: H, unless it is projected
  D: u32,         // directions
  reversed: u32,  // bit d: direction d reads the sequence from its end
  tail: u32,      // the step to finish, counted in the order of this pass; NONE: none
  head: u32,      // the first step to begin; NONE: none
  steps: u32,     // how many steps to begin
  first: u32,     // the steps that the pre-activations, and states but the output, are kept of: in a direction's
  chunk: u32,     // own order so many from the first one on
  R: u32,         // where R, the further matrices, R's bias and the cell's parameters lie
  M: u32,
  bias: u32,
  p: u32,
  ds: u32,        // where in carry the states' gradients are noted
  layer: u32,     // of all places where something is drawn
  I: u32,         // numbers of the input; where packed W and its bias lie, and x, whose rows are x_b apart: of a step
  W: u32,         // that multiplies them too
  biasW: u32,
  x: u32,
  x_b: u32,
}

@group(0) @binding(0) var<uniform> params: Params;

const NONE = 0x3fffffffu;

fn is_reversed(d: u32) -> bool {
  return ((params.reversed >> d) & 1u) == 1u;
}

/// The time of a step: the pass backward goes against the direction.
fn time_of(step: u32, d: u32) -> u32 {
  return select(step, params.T - 1u - step, is_reversed(d) != BACKWARD);
}

/// A time within the chunk.
fn within(t: u32, d: u32) -> u32 {
  return t - select(params.first, params.T - params.first - params.chunk, is_reversed(d));
}

/// Row (t, b) of direction d in a buffer of [T, B, D, width].
fn row_of(t: u32, b: u32, d: u32) -> u32 {
  return (t * params.B + b) * params.D + d;
}

/// The slot that holds the state before time t: slot t + 1 holds the state after it.
fn slot_before(t: u32, d: u32) -> u32 {
  return select(t, t + 2u, is_reversed(d));
}
