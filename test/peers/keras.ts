// Keras layers as Keras.js tested them: inputs, weights and outputs that Keras 2.0 computed, to six decimals.

import { expect, test } from "vitest";
import { add, cpu, embedding, input, linear, model, mul, rnn } from "webrnn";
import { expectClose, type Pending, readJson, reportPending, transposed, type Values } from "./cases.js";
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
    test(given.name, async () => {
      expectClose(await outputOf(given), given.expected.data, TOLERANCE, given.name);
    });
  }
  reportPending("Keras.js", pending, 1);
}

function outputOf(given: KerasCase): Promise<ArrayLike<number>> {
  switch (given.layer) {
    case "Embedding":
      return embedded(given);
    case "TimeDistributed":
      return dense(given);
    case "Bidirectional":
      return bidirectional(given);
    default:
      return recurrentLayer(given);
  }
}

async function embedded({ input: ids, weights: [table] }: KerasCase): Promise<ArrayLike<number>> {
  const [V, size] = table.shape;
  const session = await cpu({ precision: "float64" }).session(embedding(V, size), {
    weights: { weight: { shape: table.shape, data: Float64Array.from(table.data) } },
    batchSize: 1,
    sequenceLength: ids.data.length,
  });
  return (await session.run({ x: ids.data })).y;
}

async function dense({ input: x, weights: [kernel, bias] }: KerasCase): Promise<ArrayLike<number>> {
  const [I, O] = kernel.shape;
  const session = await cpu({ precision: "float64" }).session(linear(I, O), {
    weights: {
      weight: { shape: [O, I], data: Float64Array.from(transposed(kernel)) },
      bias: { shape: [O], data: Float64Array.from(bias.data) },
    },
    batchSize: 1,
    sequenceLength: x.shape[0],
  });
  return (await session.run({ x: Float64Array.from(x.data) })).y;
}

/** What goes back in time tells what it read last first: Keras does not turn its sequence round. */
async function recurrentLayer(given: KerasCase): Promise<ArrayLike<number>> {
  const { attrs } = given;
  const result = await run(given, given.layer, attrs, given.weights, {
    direction: attrs.go_backwards ? "reverse" : "forward",
    calls: given.calls,
  });
  if (!attrs.return_sequences) {
    return result.hn;
  }
  return attrs.go_backwards ? backInTime(result.y, attrs.units) : result.y;
}

/** Wired of two layers where the directions are not laid side by side. */
async function bidirectional(given: KerasCase): Promise<ArrayLike<number>> {
  const { layer, merge_mode: merge } = given.attrs;
  const { class_name: name, config } = layer;
  if (merge === "concat") {
    const { y, hn } = await run(given, name, config, given.weights, { direction: "both", calls: 1 });
    return config.return_sequences ? y : hn;
  }
  expect([name, config.activation], "only such layers are merged otherwise").toEqual(["SimpleRNN", "tanh"]);
  const [T, I] = given.input.shape;
  const H = config.units;
  const combine = merge === "mul" ? mul : add;
  const net = model(
    { forward: rnn(I, H), backward: rnn(I, H, { reverse: true }) },
    { x: input.features(I) },
    ({ forward, backward }, { x }) => {
      const [there, back] = [forward(x), backward(x)];
      return { y: combine(there.y, back.y), hn: combine(there.hn, back.hn) };
    },
  );
  const weights = Object.fromEntries(
    [...net.shapes].map(([path, shape]) => {
      const [kernel, recurrentKernel, bias] = given.weights.slice(path.startsWith("forward.") ? 0 : 3);
      const values = path.includes("weight_ih")
        ? transposed(kernel)
        : path.includes("weight_hh")
          ? transposed(recurrentKernel)
          : path.includes("bias_ih")
            ? bias.data
            : new Array<number>(H).fill(0);
      return [path, { shape, data: Float64Array.from(values) }];
    }),
  );
  const session = await cpu({ precision: "float64" }).session(net, {
    weights,
    batchSize: 1,
    sequenceLength: T,
  });
  const { y, hn } = await session.run({ x: Float64Array.from(given.input.data) });
  const merged = config.return_sequences ? y : hn;
  return merge === "ave" ? merged.map((value) => value / 2) : merged;
}

/** Every layer here has a batch of one, whose axis the cases leave out. */
function run(
  given: KerasCase,
  layer: string,
  { units, activation, recurrent_activation }: Attributes,
  weights: readonly Values[],
  how: { readonly direction: "forward" | "reverse" | "both"; readonly calls: number },
): Promise<Result> {
  const { kind, gates } = gatesOf[layer];
  const [f, g] = [recurrent_activation ?? activation, activation].map((name) => ({ name }));
  const [T, I] = given.input.shape;
  const perDirection = how.direction === "both" ? weights.length / 2 : weights.length;
  const directions: Weights[] = [];
  for (let first = 0; first < weights.length; first += perDirection) {
    const [kernel, recurrentKernel, bias] = weights.slice(first, first + perDirection);
    directions.push({ W: transposed(kernel), R: transposed(recurrentKernel), Wb: bias?.data });
  }
  return forward({
    cell: { kind, activations: kind === "lstm" ? [f, g, g] : kind === "gru" ? [f, g] : [g] },
    gates,
    sizes: { T, B: 1, I, H: units },
    weights: directions,
    x: given.input.data,
    ...how,
  });
}

/** Steps in the opposite order. */
function backInTime(y: ArrayLike<number>, H: number): number[] {
  const T = y.length / H;
  return Array.from({ length: T * H }, (_, k) => y[(T - 1 - Math.floor(k / H)) * H + (k % H)]);
}
