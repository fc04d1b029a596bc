// Networks of every wiring that model() allows, for tests: values used twice, functions of values, states
// handed from layer to layer, a layer called twice, models inside models, several outputs.

import {
  add,
  concat,
  embedding,
  gru,
  input,
  linear,
  lstm,
  type Model,
  model,
  mul,
  recurrent,
  relu,
  rnn,
  sequential,
  sigmoid,
  tanh,
} from "../src/index.js";
import { mixed } from "./cells_p07.js";

export interface Wiring {
  readonly name: string;
  readonly net: Model;
  readonly batchSize: number;
  readonly sequenceLength: number | Readonly<Record<string, number>>;
  /** Shapes of the inputs of floats; of the inputs of tokens, and below what they are. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly tokens?: Readonly<Record<string, { readonly shape: readonly number[]; readonly V: number }>>;
  /** How many outputs there are. */
  readonly outputs: number;
}

const B = 3;

/** x goes into a layer, round it, and through functions of its own. */
const around: Wiring = {
  name: "values used twice, add, mul, concat and functions of values",
  net: model(
    { rnn: gru(4, 4), head: linear(12, 3, { activation: "sigmoid" }) },
    { x: input.features(4) },
    ({ rnn: layer, head }, { x }) => {
      const { y } = layer(x);
      const gate = sigmoid(add(x, y, tanh(y)));
      return head(concat(mul(gate, y), mul(x, x), add(gate, relu(x))));
    },
  ),
  batchSize: B,
  sequenceLength: 4,
  inputs: { x: [B, 4, 4] },
  outputs: 1,
};

/** The encoder's final states are the decoder's initial ones. */
const translate: Wiring = {
  name: "an encoder's final states as a decoder's initial ones",
  net: model(
    {
      read: embedding(7, 3),
      encoder: lstm(3, 4, { numLayers: 2 }),
      write: embedding(5, 3),
      decoder: lstm(3, 4, { numLayers: 2 }),
      head: linear(4, 5),
    },
    { source: input.tokens(), previous: input.tokens() },
    ({ read, encoder, write, decoder, head }, { source, previous }) => {
      const { hn: h0, cn: c0 } = encoder(read(source));
      return head(decoder(write(previous), { h0, c0 }).y);
    },
  ),
  batchSize: B,
  sequenceLength: { source: 5, previous: 3 },
  inputs: {},
  tokens: { source: { shape: [B, 5], V: 7 }, previous: { shape: [B, 3], V: 5 } },
  outputs: 1,
};

/** States of two layers and two directions, given, computed with, and given back. */
const states: Wiring = {
  name: "states that are inputs, functions of states, and states as outputs",
  net: model(
    { rnn: rnn(8, 4, { numLayers: 2, bidirectional: true }), last: linear(4, 2) },
    { x: input.features(8), h0: input.state(), h1: input.state() },
    ({ rnn: layer, last }, { x, h0, h1 }) => {
      const first = layer(x, { h0 });
      const second = layer(first.y, { h0: h1 });
      const third = layer(second.y, { h0: mul(tanh(first.hn), h1) });
      return { y: add(first.y, third.y), states: third.hn, of: last(second.hn) };
    },
  ),
  batchSize: B,
  sequenceLength: 3,
  inputs: { x: [B, 3, 8], h0: [4, B, 4], h1: [4, B, 4] },
  outputs: 3,
};

/** One table for two inputs, a model as a layer, a vector beside a sequence. */
const tower = sequential({ wide: linear(6, 5, { activation: "tanh" }), rnn: lstm(5, 3) });
const nested: Wiring = {
  name: "a layer called twice, models inside models, tokens beside features, two outputs",
  net: model(
    { table: embedding(6, 3), tower, score: linear(3, 1), tag: linear(6, 4), mood: linear(2, 2) },
    { a: input.tokens(), b: input.tokens(), v: input.vector(2), extra: input.features(3) },
    ({ table, tower: up, score, tag, mood }, { a, b, v, extra }) => {
      const y = up(concat(table(a), add(table(b), extra)));
      return { tag: tag(concat(y, extra)), score: score(y), mood: relu(mood(v)), y };
    },
  ),
  batchSize: B,
  sequenceLength: 4,
  inputs: { v: [B, 2], extra: [B, 4, 3] },
  tokens: { a: { shape: [B, 4], V: 6 }, b: { shape: [B, 4], V: 6 } },
  outputs: 4,
};

/** Without time: labels and vectors. */
const vectors: Wiring = {
  name: "vectors and labels alone",
  net: model(
    { of: embedding(4, 3), wide: linear(5, 4, { activation: "tanh" }), head: linear(4, 3, { bias: false }) },
    { label: input.label(), v: input.vector(2) },
    ({ of, wide, head }, { label, v }) => head(wide(concat(of(label), v))),
  ),
  batchSize: B,
  sequenceLength: 1,
  inputs: { v: [B, 2] },
  tokens: { label: { shape: [B], V: 4 } },
  outputs: 1,
};

/** Parameters and matrices whose gradients come from two calls. */
const again: Wiring = {
  name: "a cell of one's own called twice",
  net: model(
    { rnn: recurrent(mixed, 3, 3, { bidirectional: true }), down: linear(6, 3) },
    { x: input.features(3) },
    (layers, { x }) => {
      const { y } = layers.rnn(x);
      return add(y, layers.rnn(layers.down(y)).y);
    },
  ),
  batchSize: B,
  sequenceLength: 3,
  inputs: { x: [B, 3, 3] },
  outputs: 1,
};

export const wirings: readonly Wiring[] = [around, translate, states, nested, vectors, again];
