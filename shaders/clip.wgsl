// How an update takes its gradients: by their norm, if it is larger than run.clip, they are scaled down
// (direction kept), or each is held within run.clip; and whether the norm is finite at all. Notes the loss
// and the norm in a ring that the host reads now and then. One thread: the parts are few.

struct Params {
  parts: u32,
  capacity: u32,
  by_value: u32, // 1: gradients are clipped one by one
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>; // [parts], of squares of the gradients
@group(0) @binding(2) var<storage, read> loss: array<f32>; // [1]
@group(0) @binding(3) var<storage, read_write> control: array<f32>; // [3]: factor; 1 if the norm is finite; bound
@group(0) @binding(4) var<storage, read_write> metrics: array<f32>; // [capacity, 2] loss, norm; then how many were not finite
@group(0) @binding(5) var<uniform> run: Run;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var i = 0u; i < params.parts; i++) {
    sum += partial[i];
  }
  let norm = sqrt(sum);
  // By its bits: compilers may take it for granted that floats are finite. The exponent of infinity and NaN
  // is all ones.
  let finite = (bitcast<u32>(norm) & 0x7f800000u) != 0x7f800000u;
  control[0] = 1.0;
  control[1] = select(0.0, 1.0, finite);
  control[2] = 0x1p126f; // larger than any gradient whose square is finite
  if run.clip > 0.0 && params.by_value != 0u {
    control[2] = run.clip;
  } else if run.clip > 0.0 {
    control[0] = min(1.0, run.clip / (norm + 1e-6));
  }
  let slot = run.update % params.capacity;
  metrics[2u * slot] = loss[0];
  metrics[2u * slot + 1u] = norm;
  if !finite {
    metrics[2u * params.capacity] += 1.0;
  }
}
