// TensorFlow.js's tests of training through time (weights and losses after a few updates) and of masks, computed by
// Keras in Python.

import { embedding, input, linear, model, type Recurrent, sgd, squaredError, type Tensor } from "webrnn";
import type { Place } from "./backends.js";
import { expectClose, onEach, readJson } from "./cases.js";
import { layerOf } from "./cells.js";

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

/** Masked are the tokens 0, behind each sequence. What is compared is the sum of the last state's units. */
interface MaskCase {
  readonly name: string;
  /** A table of the tokens' vectors, or how to fill one. */
  readonly emb: Rows | "ones(10,4)";
  readonly units: number;
  /** Of an LSTM. A word stands for the number that fills it. */
  readonly kernel: Rows | "ones";
  readonly recurrent: Rows | "ones";
  readonly bias: readonly number[] | string;
  readonly x: Rows;
  readonly expected: Rows;
}

interface Goldens {
  readonly training: readonly TrainingCase[];
  readonly mask: readonly MaskCase[];
}

/**
 * Keras's own float32 is further from the exact values than this library: that of its simple layer by 4e-5.
 */
const TOLERANCE = 1e-4;
/** The losses are compared as coarsely as TensorFlow.js compares them. */
const LOSS_TOLERANCE = 1e-3;
/** What TensorFlow.js tests of masks is told to six or seven digits. */
const MASK_TOLERANCE = 1e-5;

/** In Keras's order, and in PyTorch's. */
const gatesOf = { simpleRNN: "h", gru: "zrn", lstm: "ifgo" };
const orderOf = { simpleRNN: "h", gru: "rzn", lstm: "ifgo" };

export function tfjsSuite(folder: string): void {
  const { training, mask } = readJson<Goldens>(folder, "tfjs_keras_goldens.json");
  for (const given of training) {
    onEach(given.name, (place) => checkTraining(given, place));
  }
  for (const given of mask) {
    for (const how of ["mask", "lengths"] as const) {
      onEach(`${given.name}, as ${how}`, (place) => checkMask(given, how, place));
    }
  }
}

async function checkTraining(given: TrainingCase, { calls }: Place): Promise<void> {
  const { units: H, T, input_size: I, expect: wanted } = given;
  const B = Math.min(given.batch, given.y.length);
  const net = model(
    { cell: cellOf(given), dense: linear(H, 1, { bias: false }) },
    { x: input.features(I) },
    ({ cell, dense }, { x }) => dense(cell(x).hn),
  );
  const trainer = await calls.trainer(net, {
    batchSize: B,
    sequenceLength: T,
    loss: squaredError(),
    optimizer: sgd({ lr: given.lr }),
    stateful: given.stateful,
    weights: startOf(given, net.shapes),
  });
  const x = new Float64Array(B * T * I).fill(1);
  const losses: number[] = [];
  for (let epoch = 0; epoch < given.epochs; epoch += 1) {
    trainer.state.reset();
    for (let first = 0; first < given.y.length; first += B) {
      await trainer.step({ x, target: Float64Array.from(given.y.slice(first, first + B).flat()) });
    }
    const { losses: ofBatches } = await trainer.metrics();
    losses.push(ofBatches.reduce((sum, loss) => sum + loss, 0) / ofBatches.length);
  }
  const weights = await trainer.weights();
  trainer.dispose();
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

/** Keras has one bias, and by default hard sigmoids. */
function cellOf({ layer, units, input_size, use_bias }: TrainingCase): Recurrent<"h"> {
  const [f, g] = ["hardSigmoid", "tanh"];
  const cells = {
    simpleRNN: { kind: "rnn", activations: [g] },
    gru: { kind: "gru", activations: [f, g] },
    lstm: { kind: "lstm", activations: [f, g, g] },
  } as const;
  // of an LSTM too only h is of interest here
  return layerOf(cells[layer], input_size, units, { bias: use_bias && "input" }) as Recurrent<"h">;
}

/** Ones and zeros. */
function startOf(
  given: TrainingCase,
  shapes: ReadonlyMap<string, readonly number[]>,
): Map<string, Tensor<Float64Array<ArrayBuffer>>> {
  const initial = (name: string): number => {
    const init = name.includes("weight_ih")
      ? given.kernel_init
      : name.includes("weight_hh")
        ? given.recurrent_init
        : name.includes("bias")
          ? given.bias_init
          : given.dense_init;
    return init === "ones" ? 1 : 0;
  };
  return new Map([...shapes].map(([name, shape]) => [name, filled(shape, initial(name))]));
}

/** A kernel [I, gates] of one unit as rows of gates, in PyTorch's order. */
function rowsOf({ layer }: TrainingCase, kernel: Rows): number[] {
  return [...orderOf[layer]].flatMap((gate) => kernel.map((row) => row[gatesOf[layer].indexOf(gate)]));
}

async function checkMask(given: MaskCase, how: "mask" | "lengths", { calls, least }: Place): Promise<void> {
  const { units: H, emb, name } = given;
  const table = emb === "ones(10,4)" ? filled([10, 4], 1) : matrix(emb);
  const [V, I] = table.shape;
  const reverse = name.includes("go_backwards");
  const cell = { kind: "lstm", activations: ["hardSigmoid", "tanh", "tanh"] } as const;
  const layers = {
    embed: embedding(V, I),
    // only h is of interest here
    rnn: layerOf(cell, I, H, { bias: "input", reverse }) as Recurrent<"h">,
  };
  const net =
    how === "mask"
      ? model(layers, { x: input.tokens(), mask: input.mask() }, ({ embed, rnn }, { x, mask }) => ({
          h: rnn(embed(x), { mask }).hn,
        }))
      : model(layers, { x: input.tokens(), lengths: input.lengths() }, ({ embed, rnn }, { x, lengths }) => ({
          h: rnn(embed(x), { lengths }).hn,
        }));
  const [B, T] = [given.x.length, given.x[0].length];
  const session = await calls.session(net, {
    weights: {
      "embed.weight": table,
      "rnn.weight_ih_l0": given.kernel === "ones" ? filled([4 * H, I], 1) : columns(given.kernel),
      "rnn.weight_hh_l0": given.recurrent === "ones" ? filled([4 * H, H], 1) : columns(given.recurrent),
      "rnn.bias_ih_l0":
        typeof given.bias === "string"
          ? filled([4 * H], 0)
          : { shape: [4 * H], data: Float64Array.from(given.bias) },
    },
    batchSize: B,
    sequenceLength: T,
  });
  const live = given.x.map((tokens) => tokens.map((token) => (token === 0 ? 0 : 1)));
  const { h } = await session.run({
    x: given.x.flat(),
    ...(how === "mask"
      ? { mask: live.flat() }
      : { lengths: live.map((steps) => steps.filter((step) => step === 1).length) }),
  });
  session.dispose();
  const sums = given.x.map((_, b) =>
    Array.from({ length: H }, (_, k) => h[b * H + k]).reduce((s, v) => s + v),
  );
  expectClose(sums, given.expected.flat(), Math.max(MASK_TOLERANCE, least), "the sum of the last state");
}

function filled(shape: readonly number[], value: number): Tensor<Float64Array<ArrayBuffer>> {
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, data: new Float64Array(size).fill(value) };
}

function matrix(rows: Rows): Tensor<Float64Array<ArrayBuffer>> {
  return { shape: [rows.length, rows[0].length], data: Float64Array.from(rows.flat()) };
}

/** Columns as rows: Keras keeps its weights the other way round. */
function columns(rows: Rows): Tensor<Float64Array<ArrayBuffer>> {
  return matrix(rows[0].map((_, column) => rows.map((row) => row[column])));
}
