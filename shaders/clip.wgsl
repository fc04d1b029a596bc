// How an update takes its gradients: by their norm, if it is larger than run.clip, they are scaled down
// (direction kept), all together or layer by layer, or each is held within run.clip; and whether the norm is
// finite at all. Gradients come run.scale times what they are, and leave without it; the next scale is decided
// here. Notes the loss and the norm in a ring that the host reads now and then. One thread: the parts are few.

struct Params {
  parts: u32,
  layers: u32,
  capacity: u32,
  by_value: u32, // 1: gradients are clipped one by one
  share: f32, // of each of the batches whose losses and gradients have been added up: 1 / their number
  interval: u32, // finite updates in a row after which the scale doubles; 0: it stays
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>; // [layers, parts], of squares of the gradients
@group(0) @binding(2) var<storage, read> loss: array<f32>; // [1]
@group(0) @binding(3) var<storage, read_write> control: array<f32>; // [2 + layers]: 1 if the norm is finite; bound; factors
@group(0) @binding(4) var<storage, read_write> metrics: array<f32>; // [capacity, 2] loss, norm; how many were not finite; with an interval the next scale, finite updates since it changed
@group(0) @binding(5) var<uniform> run: Run;

@compute @workgroup_size(1)
fn main() {
  // of gradients; 1 / scale is exact by its bits, as it is a power of two
  let share = params.share * bitcast<f32>(0x7f000000u - bitcast<u32>(run.scale));
  let is_clipped = run.clip > 0.0 && params.by_value == 0u;
  var total = 0.0;
  for (var l = 0u; l < params.layers; l++) {
    var sum = 0.0;
    for (var i = 0u; i < params.parts; i++) {
      sum += partial[l * params.parts + i];
    }
    total += sum;
    let factor = min(1.0, run.clip / (share * sqrt(sum) + 1e-6));
    control[2u + l] = share * select(1.0, factor, is_clipped);
  }
  let norm = share * sqrt(total);
  // By its bits: compilers may take it for granted that floats are finite. The exponent of infinity and NaN
  // is all ones.
  let is_finite = (bitcast<u32>(norm) & 0x7f800000u) != 0x7f800000u;
  control[0] = select(0.0, 1.0, is_finite);
  // else larger than any gradient whose square is finite
  control[1] = select(0x1p126f, run.clip, run.clip > 0.0 && params.by_value != 0u);
  let slot = run.update % params.capacity;
  metrics[2u * slot] = params.share * loss[0];
  metrics[2u * slot + 1u] = norm;
  if !is_finite {
    metrics[2u * params.capacity] += 1.0;
  }
  if params.interval != 0u {
    let scale = 2u * params.capacity + 1u;
    let finite = select(0.0, metrics[scale + 1u] + 1.0, is_finite);
    let grows = finite == f32(params.interval);
    metrics[scale] = clamp(run.scale * select(select(0.5, 1.0, is_finite), 2.0, grows), 1.0, 0x1p120f);
    metrics[scale + 1u] = select(finite, 0.0, grows);
  }
}
