// What changes from run to run, written once a run: the same fields as runFields in src/kernels/kernel.ts.
// A kernel that reads it declares `var<uniform> run: Run` at the binding after its last storage binding.

struct Run {
  update: u32,       // updates before this one
  seed: u32,         // of dropout, a new one each run
  lr: f32,
  correction1: f32,  // 1 - beta1^(update + 1)
  correction2: f32,
  clip: f32,         // largest norm, or largest absolute value; 0: no clipping
  first: u32,        // number of the first sequence
  clip_recurrent: f32,
  cut: u32,
  scale: f32,        // of the loss's gradient: a power of two
}
