// Networks whose sequences have lengths of their own, or masked steps, through recurrent layers and whatever goes
// over their steps afterwards. What lies past a length must be read by nobody: each sequence gives what it gives
// alone, whatever its padding holds.

import {
  add,
  attention,
  concat,
  gru,
  halves,
  input,
  layerNorm,
  linear,
  lstm,
  type Model,
  model,
  pool,
  rnn,
  type Tensor,
  tanh,
  type Value,
} from "../src/index.js";
import { calls, difference, floats, parts } from "./agree_check.js";
import type { AnyBackend } from "./goldens_check.js";

type Ints = Tensor<Int32Array<ArrayBuffer>>;

export interface RaggedCase {
  readonly name: string;
  readonly net: Model;
  readonly batchSize: number;
  readonly sequenceLength: Readonly<Record<string, number>>;
  /** Shapes of the inputs of floats; the inputs of integers as they are. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly ints: Readonly<Record<string, Ints>>;
  /** Lengths by the input over time that they are of. */
  readonly lengths: Readonly<Record<string, readonly number[]>>;
}

const [B, T, K] = [4, 5, 3];
const ints = (...data: number[]): Ints => ({ shape: [data.length], data: Int32Array.from(data) });
const n = [3, 5, 0, 1];
const k = [2, 0, 3, 1];

type Layers = (y: Value, lengths: Value<"int">) => Value;

function afterRnn(name: string, layers: Readonly<Record<string, Model>>, then: unknown): RaggedCase {
  const net = model(
    { rnn: lstm(3, 4, { numLayers: 2, bidirectional: true }), ...layers } as {
      rnn: ReturnType<typeof lstm>;
    },
    { x: input.features(3), n: input.lengths() },
    ({ rnn: layer, ...all }, inputs) => {
      const { y, hn } = layer(inputs.x, { lengths: inputs.n });
      return { y: (then as (all: object) => Layers)(all)(y, inputs.n), hn };
    },
  );
  return {
    name,
    net,
    batchSize: B,
    sequenceLength: { x: T },
    inputs: { x: [B, T, 3] },
    ints: { n: ints(...n) },
    lengths: { x: n },
  };
}

type Call = (...all: unknown[]) => Value;
type Calls = Readonly<Record<string, Call>>;

const pooled = (["last", "mean", "max", "attention"] as const).flatMap((how) => [
  afterRnn(
    `pool(${how}) of the steps that there are`,
    { pool: pool(how), head: linear(8, 2) },
    (all: Calls) => (y: Value) => all.head(all.pool(y)),
  ),
  afterRnn(
    `pool(${how}), told the same lengths`,
    { pool: pool(how), head: linear(8, 2) },
    (all: Calls) => (y: Value, lengths: Value<"int">) => all.head(all.pool(y, { lengths })),
  ),
]);

const normed = afterRnn(
  "layer normalization, halves, functions, a further layer",
  { norm: layerNorm(8), up: linear(4, 3, { activation: "tanh" }), more: rnn(3, 4) },
  (all: Calls & { more: (...all: unknown[]) => { y: Value } }) => (y: Value, lengths: Value<"int">) => {
    const [a, b] = halves(all.norm(y));
    return all.more(all.up(add(tanh(a), b)), { lengths }).y;
  },
);

/** Teacher forcing: both sides have lengths of their own. */
function translating(score: "dot" | "general" | "additive", isTold: boolean): RaggedCase {
  return {
    name: `attention(${score}) between sequences of two lengths${isTold ? ", told the memory's" : ""}`,
    net: model(
      {
        encoder: gru(3, 4),
        decoder: gru(2, 4),
        attend: attention(4, 4, { score }),
        head: linear(8, 3),
      },
      { x: input.features(3), n: input.lengths(), previous: input.features(2), k: input.lengths() },
      ({ encoder, decoder, attend, head }, inputs) => {
        const memory = encoder(inputs.x, { lengths: inputs.n });
        const { y } = decoder(inputs.previous, { h0: memory.hn, lengths: inputs.k });
        return head(concat(y, attend(y, memory.y, isTold ? { lengths: inputs.n } : {})));
      },
    ),
    batchSize: B,
    sequenceLength: { x: T, previous: K },
    inputs: { x: [B, T, 3], previous: [B, K, 2] },
    ints: { n: ints(...n), k: ints(...k) },
    lengths: { x: n, previous: k },
  };
}

export const raggedCases: readonly RaggedCase[] = [
  ...pooled,
  normed,
  translating("dot", false),
  translating("general", true),
  translating("additive", false),
  translating("additive", true),
];

/** Other lengths than those of the layer before: what that one has not are zeros. Not what each gives alone. */
export const otherLengths = ["last", "mean", "max", "attention"].map((how): RaggedCase => {
  const lengths = [5, 2, 3, 0];
  return {
    name: `pool(${how}) of other lengths than the layer before`,
    net: model(
      { rnn: rnn(3, 4), pool: pool(how as "last") },
      { x: input.features(3), n: input.lengths(), m: input.lengths() },
      ({ rnn: layer, pool: by }, inputs) =>
        by(layer(inputs.x, { lengths: inputs.n }).y, { lengths: inputs.m }),
    ),
    batchSize: B,
    sequenceLength: { x: T },
    inputs: { x: [B, T, 3] },
    ints: { n: ints(...n), m: ints(...lengths) },
    lengths: { x: n },
  };
});

/** The same mask for a recurrent layer and what comes after it. */
export const maskedCases = (["repeat", "zero"] as const).flatMap((masked) =>
  (["last", "mean", "max", "attention"] as const).map((how): RaggedCase => {
    const there = Int32Array.from({ length: B * T }, (_, i) => Number(i % 3 > 0 && i < 3 * T));
    return {
      name: `a mask ("${masked}"), and pool(${how}) by it`,
      net: model(
        { rnn: gru(3, 4, { bidirectional: true, masked }), pool: pool(how) },
        { x: input.features(3), there: input.mask() },
        ({ rnn: layer, pool: by }, { x, there: mask }) => by(layer(x, { mask }).y, { mask }),
      ),
      batchSize: B,
      sequenceLength: { x: T, there: T },
      inputs: { x: [B, T, 3] },
      ints: { there: { shape: [B, T], data: there } },
      lengths: {},
    };
  }),
);

/** Floats that are drawn, with `padding` past each length; and the integers. */
export function raggedInputs(
  { inputs, lengths, ints: given }: RaggedCase,
  padding: number | undefined,
): Record<string, Tensor<Float32Array | Int32Array>> {
  const drawn = Object.entries(inputs).map(([name, shape], seed) => {
    const { data } = floats(shape, seed + 1);
    const [, steps, F] = shape;
    data.forEach((_, i) => {
      const b = Math.floor(i / (steps * F));
      const t = Math.floor(i / F) % steps;
      if (padding !== undefined && t >= (lengths[name]?.[b] ?? steps)) data[i] = padding;
    });
    return [name, { shape, data }] as const;
  });
  return { ...Object.fromEntries(drawn), ...given };
}

/** Sequence b alone, cut to its own steps; undefined where it has none. */
export function alone(
  c: RaggedCase,
  b: number,
): Record<string, Tensor<Float32Array | Int32Array>> | undefined {
  const all = raggedInputs(c, undefined);
  if (Object.values(c.lengths).some((of) => of[b] === 0)) return undefined;
  const cut = Object.entries(all).map(([name, { shape, data }]) => {
    const whole = data.length / shape[0];
    const steps = c.lengths[name]?.[b];
    const size = steps === undefined ? whole : (whole / shape[1]) * steps;
    const own = data.slice(b * whole, b * whole + size);
    return [name, { shape: [1, ...(steps === undefined ? [] : [steps, shape[2]])], data: own }] as const;
  });
  return Object.fromEntries(cut);
}

/**
 * Outputs and all gradients of a backend, whose padding is not a number, against those of another, whose padding
 * is drawn as all else.
 */
export async function checkPadding(
  c: RaggedCase,
  backend: AnyBackend,
  reference: AnyBackend,
): Promise<{ forward: number; backward: number; where: string; compared: number }> {
  const weights = c.net.initialWeights({ seed: 3 });
  const inputs = raggedInputs(c, undefined);
  const shapes = (await calls(reference).gradients(c.net, { weights, inputs, cotangents: {} })).outputs;
  const cotangents = Object.fromEntries(
    Object.entries(shapes).map(([name, { shape }], seed) => [name, floats(shape, seed + 9)]),
  );
  const want = parts(await calls(reference).gradients(c.net, { weights, inputs, cotangents }));
  const padded = { weights, inputs: raggedInputs(c, Number.NaN), cotangents };
  const got = parts(await calls(backend).gradients(c.net, padded));
  const forward = difference(got.forward, want.forward);
  const backward = difference(got.backward, want.backward);
  return {
    forward: forward.worst,
    backward: backward.worst,
    where: backward.where,
    compared: forward.count + backward.count,
  };
}
