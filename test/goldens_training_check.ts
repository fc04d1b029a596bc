// Cross entropy and training against PyTorch, on any backend: losses, gradient norms before clipping, the
// first clipped gradients and the weights at the end. The same checks run on the CPU in node and on WebGPU in
// a browser.

import {
  adam,
  adamw,
  type Backend,
  crossEntropy,
  embedding,
  gru,
  input,
  linear,
  lstm,
  model,
  type Optimizer,
  rmsprop,
  rnn,
  sequential,
  sgd,
  type Tensor,
} from "../src/index.js";
import {
  type CrossEntropyCase,
  goldenTokens,
  integers,
  type TrainCase,
  tensor,
  tensorsUnder,
} from "./fixtures/goldens.js";
import { type AnyBackend, deviation } from "./goldens_check.js";

/** The worst deviations, in units of max(1, largest |want|), and how many tensors were compared. */
export interface Deviations {
  readonly forward: number;
  readonly backward: number;
  readonly compared: number;
}

/** A case's logits as [B, T, V], its targets as [B, T], of the goldens' (N, C) or (N, C, d). */
async function logitsOf(golden: CrossEntropyCase) {
  const [logits, targets] = [await tensor(golden, "in/logits"), await integers(golden, "in/targets")];
  const [B, V, T = 1] = logits.shape;
  return {
    x: { shape: [B, T, V], data: swapped(logits.data, B, V, T) },
    target: { shape: [B, T], data: targets.data },
    /** Gradients are compared as the goldens have them. */
    back: (data: ArrayLike<number>) => swapped(data, B, T, V),
    V,
  };
}

/** [N, a, b] -> [N, b, a] */
function swapped(data: ArrayLike<number>, N: number, a: number, b: number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: N * a * b }, (_, at) => {
    const n = Math.floor(at / (a * b));
    const [i, j] = [Math.floor((at % (a * b)) / a), at % a];
    return data[(n * a + j) * b + i];
  });
}

export async function checkCrossEntropy(backend: AnyBackend, golden: CrossEntropyCase): Promise<Deviations> {
  const { x, target, back, V } = await logitsOf(golden);
  const { reduction, ignore_index: ignoreIndex, label_smoothing: labelSmoothing } = golden.args;
  const net = model({}, { x: input.features(V) }, (_, inputs) => inputs.x);
  const loss = crossEntropy({
    ignoreIndex,
    labelSmoothing,
    reduction: reduction === "mean" ? "mean" : "sum",
    ...(golden.args.weight && { weight: await tensor(golden, "in/weight") }),
  });
  const call = async (data: Int32Array<ArrayBuffer>) => {
    const got = await (backend as Backend).gradients(net, {
      weights: {},
      inputs: { x, target: { shape: target.shape, data } },
      loss,
    });
    return { loss: got.loss, gradient: back(got.inputs.x.data) };
  };
  const [wantLoss, wantGradient] = [await tensor(golden, "out/loss"), await tensor(golden, "grad/logits")];
  const whole = await call(target.data);
  // Reduction "none": one call for each target, all others ignored; PyTorch's gradient is that of the sum.
  const alone = (n: number) => call(target.data.map((id, m) => (m === n ? id : ignoreIndex)));
  const losses: number[] = [];
  for (let n = 0; reduction === "none" && n < target.data.length; n += 1) losses.push((await alone(n)).loss);
  return {
    forward: deviation(reduction === "none" ? losses : [whole.loss], wantLoss.data),
    backward: deviation(whole.gradient, wantGradient.data),
    compared: 2,
  };
}

function networkOf({
  model: { embedding: table, rnn: kind, num_layers: numLayers, hidden, linear: head },
}: TrainCase) {
  const make = { rnn, lstm, gru }[kind];
  return sequential({
    emb: embedding(...table),
    rnn: make(table[1], hidden, { numLayers }),
    out: linear(...head),
  });
}

function optimizerOf({ optimizer, optimizer_args: args }: TrainCase): Optimizer {
  const number = (name: string): number => Number(args[name] ?? 0);
  if (optimizer === "torch.optim.SGD") {
    return sgd({
      lr: number("lr"),
      momentum: number("momentum"),
      nesterov: args.nesterov === true,
      weightDecay: number("weight_decay"),
    });
  }
  if (optimizer === "torch.optim.RMSprop") {
    return rmsprop({
      lr: number("lr"),
      alpha: number("alpha"),
      eps: number("eps"),
      centered: args.centered === true,
      momentum: number("momentum"),
      weightDecay: number("weight_decay"),
    });
  }
  const make = optimizer === "torch.optim.AdamW" ? adamw : adam;
  const [beta1, beta2] = args.betas as readonly number[]; // Adam's cases name them
  return make({
    lr: number("lr"),
    betas: [beta1, beta2],
    eps: number("eps"),
    weightDecay: number("weight_decay"),
    amsgrad: args.amsgrad === true,
  });
}

/** Trains a case. Its tensors are time-major. */
export async function checkTraining(
  backend: AnyBackend,
  golden: TrainCase,
  how: object = {},
): Promise<Deviations> {
  const net = networkOf(golden);
  const weights = await tensorsUnder(golden, golden.init_prefix);
  const tokens = await goldenTokens();
  const [, rows, B] = tokens.shape;
  const T = rows - 1;
  const batchOf = (n: number): { x: Tensor<Int32Array>; target: Tensor<Int32Array> } => {
    const first = n * rows * B;
    const part = (row: number) => tokens.data.subarray(first + row * B, first + (row + T) * B);
    return { x: { shape: [T, B], data: part(0) }, target: { shape: [T, B], data: part(1) } };
  };
  const trainer = await (backend as Backend).trainer(net, {
    batchSize: B,
    sequenceLength: T,
    batchFirst: false,
    stateful: golden.tbptt,
    weights,
    loss: crossEntropy(),
    optimizer: optimizerOf(golden),
    clipNorm: golden.clip_grad_norm,
    ...how,
  });
  for (const n of golden.batch_of_step) await trainer.step(batchOf(n));
  const { losses, gradNorms, skipped } = await trainer.metrics();
  if (skipped !== 0) throw new Error(`${skipped} updates were skipped`);
  const final = await trainer.weights();
  trainer.dispose();

  let [backward, compared] = [deviation(gradNorms, golden.grad_norms_before_clip), 2];
  const compare = (
    got: ReadonlyMap<string, Tensor<ArrayLike<number>>>,
    want: ReadonlyMap<string, Tensor>,
  ) => {
    for (const [name, { data }] of want) {
      backward = Math.max(backward, deviation(got.get(name)?.data ?? [], data));
      compared += 1;
    }
  };
  compare(final, await tensorsUnder(golden, golden.final_prefix));
  const first = await tensorsUnder(golden, `${golden.id}/step0_clipped_grad/`);
  if (first.size > 0) {
    const inputs = batchOf(golden.batch_of_step[0]);
    const got = await (backend as Backend).gradients(net, {
      weights,
      inputs,
      loss: crossEntropy(),
      batchFirst: false,
      ...how,
    });
    const factor = Math.min(1, golden.clip_grad_norm / (golden.grad_norms_before_clip[0] + 1e-6));
    const clipped = new Map(
      [...got.weights].map(([name, { shape, data }]) => [
        name,
        { shape, data: Float64Array.from(data, (g) => factor * g) },
      ]),
    );
    compare(clipped, first);
  }
  return { forward: deviation(losses, golden.losses), backward, compared };
}
