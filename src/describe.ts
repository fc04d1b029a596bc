// Layers as users describe them, floor 5: data, no device. A bare layer is a model.

import { type Cell, graphOf } from "./cells/cell.js";
import type { Expr } from "./cells/expr.js";
import { gruCell, gruResetBefore } from "./cells/gru.js";
import { lstmCell } from "./cells/lstm.js";
import { rnnRelu, rnnTanh } from "./cells/rnn.js";
import { checkSize, ShapeError } from "./errors.js";
import type { LayerDefinition } from "./layers/definition.js";
import { dropoutDefinition } from "./layers/dropout.js";
import { embeddingDefinition } from "./layers/embedding.js";
import { linearDefinition } from "./layers/linear.js";
import { stack, stackDefaults } from "./layers/stack.js";
import { Network } from "./network/network.js";
import type { Model, Simplify } from "./types.js";
import type { Floats, Ints } from "./weights/tensors.js";

/** A tensor of the network while it is being wired. */
export interface Value<K extends "float" | "int" = "float"> {
  readonly "~value": K;
  "~map": K extends "float" ? (f: (x: Expr) => Expr) => Value : never;
}

type Pointwise = (x: Value) => Value;
export type Layer = Model<{ x: Floats }, "y", string, Pointwise>;

/**
 * Which steps there are, one of these or neither: how many each sequence has, integers [B]; or a mask [B, T],
 * 0 where a step is masked. They are inputs of the model.
 */
export interface WhichSteps {
  readonly lengths?: Value<"int"> | undefined;
  readonly mask?: Value<"int"> | undefined;
}
type Given<S extends string> = { readonly [K in S as `${K}0`]?: Value } & WhichSteps;
type Steps<S extends string> = { readonly [K in "y" | `${S}n`]: Value };
/**
 * A recurrent layer: x [B, T, I], lengths [B] and initial states [L·D, B, H] in; y [B, T, D·H] (zeros past a
 * length) and final states [L·D, B, H] (those at each sequence's end) out.
 */
export type Recurrent<S extends string> = Model<
  Simplify<{ x: Floats; lengths?: Ints } & { [K in S as `${K}0`]?: Floats }>,
  "y" | `${S}n`,
  string,
  (x: Value, given?: Given<S>) => Steps<S>
>;

type Direction = { bidirectional?: false; reverse?: boolean } | { bidirectional: true; reverse?: never };
export type RecurrentOptions = Direction & {
  /** Layers on top of each other; 1 unless given. */
  numLayers?: number;
  /** Whether there are biases, two of them as in PyTorch; true unless given. */
  bias?: boolean;
  /** The share of each layer's output that is dropped while training, but the last's. */
  dropout?: number;
};

function layer<In extends object, Out extends string, Call>(
  definition: LayerDefinition,
): Model<In, Out, string, Call> {
  return new Network<In, Out, string, Call>({ layer: definition });
}

/** One of the names that an option may have. */
function oneOf<N extends string>(where: string, name: string, value: N, names: readonly N[]): N {
  if (names.includes(value)) return value;
  throw new ShapeError(`${where}: ${name} is "${value}"; it must be ${names.join(", ")}. Name one of these.`);
}

function share(where: string, p: number): number {
  if (p >= 0 && p < 1) return p;
  throw new ShapeError(`${where}: the share dropped is ${p}; it must be at least 0 and below 1.`);
}

/** A row of a table [vocabulary, size] for every token: integers [B, T] or [B] in, floats out. */
export function embedding(
  vocabulary: number,
  size: number,
): Model<{ x: Ints }, "y", string, (ids: Value<"int">) => Value> {
  checkSize("embedding: vocabulary", vocabulary);
  checkSize("embedding: size", size);
  return layer(embeddingDefinition(vocabulary, size));
}

/** y = activation(W x + b), of the last axis. */
export function linear(
  inputSize: number,
  outputSize: number,
  o: { bias?: boolean; activation?: "tanh" | "sigmoid" | "relu" } = {},
): Layer {
  checkSize("linear: inputSize", inputSize);
  checkSize("linear: outputSize", outputSize);
  const { bias = true, activation } = o;
  if (activation) oneOf("linear", "activation", activation, ["tanh", "sigmoid", "relu"]);
  return layer(linearDefinition(inputSize, outputSize, { bias, activation }));
}

/** While training, drops each number with probability p and scales the others by 1 / (1 - p). */
export function dropout(p: number): Layer {
  return layer(dropoutDefinition(share("dropout", p)));
}

/** A recurrent layer of a cell of one's own, made by defineCell. */
export function recurrent<S extends string>(
  cell: Cell<S>,
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions = {},
): Recurrent<S> {
  const graph = graphOf(cell);
  const kind = `${graph.name}(${inputSize}, ${hiddenSize}${options.reverse ? ", reverse" : ""})`;
  return layer(
    stack(
      graph,
      kind,
      checkSize(`${kind}: inputSize`, inputSize),
      checkSize(`${kind}: hiddenSize`, hiddenSize),
      {
        ...stackDefaults,
        numLayers: checkSize(`${kind}: numLayers`, options.numLayers ?? 1),
        bidirectional: options.bidirectional ?? false,
        reverse: options.reverse ?? false,
        bias: (options.bias ?? true) ? "both" : "none",
        dropout: share(kind, options.dropout ?? 0),
      },
    ),
  );
}

/** An Elman network, h' = tanh(W x + R h + b). PyTorch's nn.RNN. */
export function rnn(
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions & { nonlinearity?: "tanh" | "relu" } = {},
): Recurrent<"h"> {
  const nonlinearity = oneOf("rnn", "nonlinearity", options.nonlinearity ?? "tanh", ["tanh", "relu"]);
  const cell = nonlinearity === "relu" ? rnnRelu : rnnTanh;
  return recurrent(cell, inputSize, hiddenSize, options);
}

/** Long short-term memory. PyTorch's nn.LSTM. */
export function lstm(
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions = {},
): Recurrent<"h" | "c"> {
  return recurrent(lstmCell, inputSize, hiddenSize, options);
}

/**
 * The gated recurrent unit: PyTorch's nn.GRU, or with resetAfter: false the reset gate before the product, as
 * first published.
 */
export function gru(
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions & { resetAfter?: boolean } = {},
): Recurrent<"h"> {
  return recurrent(options.resetAfter === false ? gruResetBefore : gruCell, inputSize, hiddenSize, options);
}
