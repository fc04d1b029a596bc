// TensorFlow.js's tests of training through time: weights and losses after a few updates, computed by Keras
// in Python.

import { test } from "vitest";
import { type Cell, cpu, input, linear, model, mul, recurrent, sgd, squaredError } from "webrnn";
import { expectClose, type Pending, readJson, reportPending } from "./cases.js";
import { gruOf, lstmOf, rnnOf } from "./cells.js";

type Rows = readonly (readonly number[])[];

interface TrainingCase {
  readonly name: string;
  readonly layer: "simpleRNN" | "gru" | "lstm";
  readonly units: number;
  readonly input_size: number;
  readonly T: number;
  readonly kernel_init: "ones" | "zeros";
  readonly recurrent_init: "ones" | "zeros";
  readonly use_bias: boolean;
  readonly bias_init?: "ones" | "zeros";
  readonly dense_init: "ones" | "zeros";
  readonly lr: number;
  readonly epochs: number;
  /** The most samples an update sees. */
  readonly batch: number;
  readonly stateful: boolean;
  readonly y: Rows;
  readonly expect: {
    readonly kernel?: Rows;
    readonly recurrent?: Rows;
    readonly dense?: Rows;
    /** The mean of an epoch's batches. */
    readonly loss?: readonly number[];
  };
}

interface Goldens {
  readonly training: readonly TrainingCase[];
  readonly mask: readonly { readonly name: string }[];
}

/**
 * Keras's own float32 is further from the exact values than this library: that of its simple layer by 4e-5.
 */
const TOLERANCE = 1e-4;
/** The losses are compared as coarsely as TensorFlow.js compares them. */
const LOSS_TOLERANCE = 1e-3;

/** In Keras's order. */
const gatesOf = { simpleRNN: "h", gru: "zrn", lstm: "ifgo" };
const orderOf = { simpleRNN: "h", gru: "rzn", lstm: "ifgo" };

export function tfjsSuite(folder: string): void {
  const { training, mask } = readJson<Goldens>(folder, "tfjs_keras_goldens.json");
  for (const given of training) {
    test(given.name, () => check(given));
  }
  const pending: Pending[] = mask.map(({ name }) => ({ name, reason: "lengths of sequences" }));
  reportPending("TensorFlow.js", pending, 2);
}

async function check(given: TrainingCase): Promise<void> {
  const { units: H, T, expect: wanted } = given;
  // x is all ones. A bias is a weight of one more of them: PyTorch's two biases would learn twice as fast.
  const I = given.input_size + (given.use_bias ? 1 : 0);
  const B = Math.min(given.batch, given.y.length);
  // Keras's loss is of the last step alone: all others are multiplied away, and the mean over T steps is
  // undone.
  const net = model(
    { cell: recurrent(cellOf(given), I, H, { bias: false }), dense: linear(H, 1, { bias: false }) },
    { x: input.features(I), last: input.features(1) },
    ({ cell, dense }, { x, last }) => mul(dense(cell(x).y), last),
  );
  const atLast = (ofSequence: (b: number) => number): Float64Array =>
    Float64Array.from({ length: B * T }, (_, k) => (k % T === T - 1 ? ofSequence(Math.floor(k / T)) : 0));
  const trainer = await cpu({ precision: "float64" }).trainer(net, {
    batchSize: B,
    sequenceLength: T,
    loss: squaredError(),
    optimizer: sgd({ lr: given.lr * T }),
    stateful: given.stateful,
    weights: startOf(given, net.shapes),
  });
  const x = new Float64Array(B * T * I).fill(1);
  const losses: number[] = [];
  for (let epoch = 0; epoch < given.epochs; epoch += 1) {
    trainer.state.reset();
    for (let first = 0; first < given.y.length; first += B) {
      await trainer.step({ x, last: atLast(() => 1), target: atLast((b) => given.y[first + b][0]) });
    }
    const { losses: ofBatches } = await trainer.metrics();
    losses.push((T * ofBatches.reduce((sum, loss) => sum + loss, 0)) / ofBatches.length);
  }
  const weights = await trainer.weights();
  const dataOf = (name: string): ArrayLike<number> => weights.get(name)?.data ?? [];
  if (wanted.kernel) {
    expectClose(dataOf("cell.weight_ih_l0"), rowsOf(given, wanted.kernel), TOLERANCE, "kernel");
  }
  if (wanted.recurrent) {
    expectClose(dataOf("cell.weight_hh_l0"), rowsOf(given, wanted.recurrent), TOLERANCE, "recurrent kernel");
  }
  if (wanted.dense) {
    expectClose(dataOf("dense.weight"), wanted.dense.flat(), TOLERANCE, "dense kernel");
  }
  if (wanted.loss) {
    expectClose(losses, wanted.loss, LOSS_TOLERANCE, "losses");
  }
}

function cellOf({ layer }: TrainingCase): Cell<"h"> {
  const [f, g] = [{ name: "hardSigmoid" }, { name: "tanh" }];
  switch (layer) {
    case "simpleRNN":
      return rnnOf({ kind: "rnn", activations: [g] });
    case "gru":
      return gruOf({ kind: "gru", activations: [f, g] });
    case "lstm":
      // Its second state is of no interest here.
      return lstmOf({ kind: "lstm", activations: [f, g, g] }) as Cell<"h">;
  }
}

/** Ones and zeros. The last column of the input weights is the bias. */
function startOf(
  given: TrainingCase,
  shapes: ReadonlyMap<string, readonly number[]>,
): Map<string, { shape: readonly number[]; data: Float64Array }> {
  const initial = (name: string): number => {
    const init = name.includes("weight_ih")
      ? given.kernel_init
      : name.includes("weight_hh")
        ? given.recurrent_init
        : given.dense_init;
    return init === "ones" ? 1 : 0;
  };
  return new Map(
    [...shapes].map(([name, shape]) => {
      const data = new Float64Array(shape.reduce((size, length) => size * length, 1)).fill(initial(name));
      if (given.use_bias && name.includes("weight_ih")) {
        const columns = shape[1];
        for (let row = 0; row < shape[0]; row += 1) {
          data[(row + 1) * columns - 1] = given.bias_init === "ones" ? 1 : 0;
        }
      }
      return [name, { shape, data }];
    }),
  );
}

/** A kernel [I, gates] of one unit as rows of gates, in PyTorch's order. */
function rowsOf({ layer }: TrainingCase, kernel: Rows): number[] {
  return [...orderOf[layer]].flatMap((gate) => kernel.map((row) => row[gatesOf[layer].indexOf(gate)]));
}
