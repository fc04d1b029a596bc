// Keras layers as Keras.js tested them: inputs, weights and outputs that Keras 2.0 computed, to six decimals.

import { embedding, linear, type RecurrentOptions } from "webrnn";
import type { Place } from "./backends.js";
import {
  expectClose,
  onEach,
  type Pending,
  readJson,
  reportPending,
  transposed,
  type Values,
} from "./cases.js";
import type { CellKind } from "./cells.js";
import { forward, type Result, type Weights } from "./forward.js";

interface Attributes {
  readonly units: number;
  readonly activation: string;
  readonly recurrent_activation?: string;
  readonly return_sequences: boolean;
  readonly go_backwards?: boolean;
}

interface KerasCase {
  readonly name: string;
  readonly layer: "LSTM" | "GRU" | "SimpleRNN" | "Bidirectional" | "TimeDistributed" | "Embedding";
  readonly attrs: Attributes & {
    readonly layer: { readonly class_name: string; readonly config: Attributes };
    readonly merge_mode: "concat" | "sum" | "mul" | "ave";
  };
  /** How often the input is fed, for layers that carry their state. */
  readonly calls: number;
  readonly input: Values;
  /** As get_weights() gives them: kernel, recurrent kernel, bias. */
  readonly weights: readonly Values[];
  readonly expected: Values;
}

/** Weights and results are given to six decimals. */
const TOLERANCE = 3e-6;

const gatesOf: { readonly [layer: string]: { readonly kind: CellKind["kind"]; readonly gates: string } } = {
  SimpleRNN: { kind: "rnn", gates: "h" },
  LSTM: { kind: "lstm", gates: "ifgo" },
  GRU: { kind: "gru", gates: "zrn" },
};

export function kerasSuite(folder: string): void {
  const cases = readJson<{ readonly file: string }[]>(folder, "index.json").map(({ file }) =>
    readJson<KerasCase>(folder, file),
  );
  const pending: Pending[] = [];
  for (const given of cases) {
    if (given.layer === "TimeDistributed" && given.attrs.layer.class_name !== "Dense") {
      pending.push({ name: given.name, reason: `${given.attrs.layer.class_name}, which is not recurrent` });
      continue;
    }
    onEach(given.name, async (place) => {
      const got = await outputOf(given, place);
      expectClose(got, given.expected.data, Math.max(TOLERANCE, place.least), given.name);
    });
  }
  reportPending("Keras.js", pending, 1);
}

function outputOf(given: KerasCase, place: Place): Promise<ArrayLike<number>> {
  switch (given.layer) {
    case "Embedding":
      return embedded(given, place);
    case "TimeDistributed":
      return dense(given, place);
    case "Bidirectional":
      return bidirectional(given, place);
    default:
      return recurrentLayer(given, place);
  }
}

async function embedded(given: KerasCase, { calls }: Place): Promise<ArrayLike<number>> {
  const [table] = given.weights;
  const [V, size] = table.shape;
  const session = await calls.session(embedding(V, size), {
    weights: { weight: { shape: table.shape, data: Float64Array.from(table.data) } },
    batchSize: 1,
    sequenceLength: given.input.data.length,
  });
  return (await session.run({ x: given.input.data })).y;
}

async function dense(given: KerasCase, { calls }: Place): Promise<ArrayLike<number>> {
  const [kernel, bias] = given.weights;
  const [I, O] = kernel.shape;
  const session = await calls.session(linear(I, O), {
    weights: {
      weight: { shape: [O, I], data: Float64Array.from(transposed(kernel)) },
      bias: { shape: [O], data: Float64Array.from(bias.data) },
    },
    batchSize: 1,
    sequenceLength: given.input.shape[0],
  });
  return (await session.run({ x: Float64Array.from(given.input.data) })).y;
}

/** What goes back in time tells what it read last first: Keras does not turn its sequence round. */
async function recurrentLayer(given: KerasCase, place: Place): Promise<ArrayLike<number>> {
  const { attrs, weights, layer } = given;
  const options = attrs.go_backwards ? ({ reverse: true, reverseOrder: "processed" } as const) : {};
  const { y, hn } = await run(place, given, layer, attrs, weights, options);
  return attrs.return_sequences ? y : hn;
}

const merges = {
  concat: { ours: "concat", of: (a: number) => a },
  sum: { ours: "sum", of: (a: number, b: number) => a + b },
  ave: { ours: "mean", of: (a: number, b: number) => (a + b) / 2 },
  mul: { ours: "product", of: (a: number, b: number) => a * b },
} as const;

/** A layer merges its outputs; states stay apart: those that Keras gives for outputs are merged here. */
async function bidirectional(given: KerasCase, place: Place): Promise<ArrayLike<number>> {
  const { layer, merge_mode: mode } = given.attrs;
  const merge = merges[mode];
  const options = { bidirectional: true, merge: merge.ours } as const;
  const { y, hn } = await run(place, given, layer.class_name, layer.config, given.weights, options);
  if (layer.config.return_sequences) {
    return y;
  }
  const H = layer.config.units;
  return mode === "concat" ? hn : Array.from({ length: H }, (_, k) => merge.of(hn[k], hn[H + k]));
}

/** Every layer here has a batch of one, whose axis the cases leave out. */
function run(
  place: Place,
  given: KerasCase,
  layer: string,
  { units, activation, recurrent_activation }: Attributes,
  weights: readonly Values[],
  options: RecurrentOptions<"h">,
): Promise<Result> {
  const { kind, gates } = gatesOf[layer];
  const [f, g] = [recurrent_activation ?? activation, activation];
  const [T, I] = given.input.shape;
  const perDirection = options.bidirectional ? weights.length / 2 : weights.length;
  const directions: Weights[] = [];
  for (let first = 0; first < weights.length; first += perDirection) {
    const [kernel, recurrentKernel, bias] = weights.slice(first, first + perDirection);
    directions.push({ W: transposed(kernel), R: transposed(recurrentKernel), Wb: bias?.data });
  }
  return forward(place, {
    cell: { kind, activations: kind === "lstm" ? [f, g, g] : kind === "gru" ? [f, g] : [g] },
    gates,
    sizes: { T, B: 1, I, H: units },
    weights: directions,
    x: given.input.data,
    options,
    calls: given.calls,
  });
}
