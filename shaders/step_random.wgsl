// What a recurrent step draws, and how gradients between steps are held: linked with shaders/step.wgsl where a
// cell asks for it, with run.wgsl and random.wgsl. Masks are hashed from what they are for, so that the pass
// backward draws what the pass forward drew, whatever the tile or the chunk.

/// Of the mask number `index` of this layer, for sequence b at time t (NONE: at all times).
fn mask_key(index: u32, t: u32, b: u32, d: u32) -> u32 {
  return mix2(mix2(mix2(mix2(run.seed, params.layer), index * 2u + d), run.first + b), t);
}

/// The largest absolute value of a state's gradient, which is scaled as the loss's is.
fn gradient_bound() -> f32 {
  return select(0x1p126f, run.scale * run.clip_recurrent, run.clip_recurrent > 0.0);
}

/// 0 where no gradient goes back from the step after time t, else 1.
fn gradient_kept(t: u32, b: u32, d: u32) -> f32 {
  let length = length_of(b);
  let done = select(t + 1u, length - t, is_reversed(d));
  return select(1.0, 0.0, run.cut > 0u && done % max(run.cut, 1u) == 0u && done < length);
}
