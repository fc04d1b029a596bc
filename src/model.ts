// How a network is described, floor 5: layers, sequential and model. Data, no device. A bare layer is a model, a model is a layer.

import type { Cell } from "./cells/cell.js";
import { graphOf } from "./cells/cell.js";
import type { Expr } from "./cells/expr.js";
import { gruCell, gruResetBefore } from "./cells/gru.js";
import { lstmCell } from "./cells/lstm.js";
import { rnnRelu, rnnTanh } from "./cells/rnn.js";
import { ShapeError } from "./errors.js";
import type { LayerDefinition, Shape } from "./layers/definition.js";
import { dropoutDefinition } from "./layers/dropout.js";
import { embeddingDefinition } from "./layers/embedding.js";
import { linearDefinition } from "./layers/linear.js";
import { stack } from "./layers/stack.js";
import { type AnyNetwork, Network, networkOf } from "./network/network.js";
import { planOf } from "./network/plan_of.js";
import { type Call, type Description, Edge, type Edges } from "./network/trace.js";
import type { CallOf, InputsOf, Model, Simplify } from "./types.js";
import type { Floats, Ints } from "./weights/tensors.js";

/** A tensor of the network while it is being wired. */
export interface Value<K extends "float" | "int" = "float"> {
  readonly "~value": K;
  "~map"(f: (x: Expr) => Expr): Value;
}

type Pointwise = (x: Value) => Value;
export type Layer = Model<{ x: Floats }, "y", string, Pointwise>;

type Given<S extends string> = { readonly [K in S as `${K}0`]?: Value };
type Steps<S extends string> = { readonly [K in "y" | `${S}n`]: Value };
/** A recurrent layer: x [B, T, I] and initial states [L·D, B, H] in; y [B, T, D·H] and final states [L·D, B, H] out. */
export type Recurrent<S extends string> = Model<
  Simplify<{ x: Floats } & { [K in S as `${K}0`]?: Floats }>,
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
  return new Network<In, Out, string, Call>({ layer: definition }, planOf);
}

function size(where: string, name: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new ShapeError(`${where}: ${name} is ${value}; it must be a positive integer.`);
}

function share(where: string, p: number): number {
  if (p >= 0 && p < 1) return p;
  throw new ShapeError(`${where}: the share dropped is ${p}; it must be at least 0 and below 1.`);
}

/** A row of a table [vocabulary, size] for every token: integers [B, T] or [B] in, floats out. */
export function embedding(
  vocabulary: number,
  size_: number,
): Model<{ x: Ints }, "y", string, (ids: Value<"int">) => Value> {
  size("embedding", "vocabulary", vocabulary);
  size("embedding", "size", size_);
  return layer(embeddingDefinition(vocabulary, size_));
}

/** y = activation(W x + b), of the last axis. */
export function linear(
  inputSize: number,
  outputSize: number,
  o: { bias?: boolean; activation?: "tanh" | "sigmoid" | "relu" } = {},
): Layer {
  size("linear", "inputSize", inputSize);
  size("linear", "outputSize", outputSize);
  return layer(linearDefinition(inputSize, outputSize, { bias: o.bias ?? true, activation: o.activation }));
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
  const kind = `${graph.name}(${inputSize}, ${hiddenSize})`;
  return layer(
    stack(graph, kind, size(kind, "inputSize", inputSize), size(kind, "hiddenSize", hiddenSize), {
      numLayers: size(kind, "numLayers", options.numLayers ?? 1),
      bidirectional: options.bidirectional ?? false,
      reverse: options.reverse ?? false,
      bias: options.bias ?? true,
      dropout: share(kind, options.dropout ?? 0),
    }),
  );
}

/** An Elman network, h' = tanh(W x + R h + b). PyTorch's nn.RNN. */
export function rnn(
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions & { nonlinearity?: "tanh" | "relu" } = {},
): Recurrent<"h"> {
  const cell = options.nonlinearity === "relu" ? rnnRelu : rnnTanh;
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

/** The gated recurrent unit: PyTorch's nn.GRU, or with resetAfter: false the reset gate before the product, as first published. */
export function gru(
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions & { resetAfter?: boolean } = {},
): Recurrent<"h"> {
  return recurrent(options.resetAfter === false ? gruResetBefore : gruCell, inputSize, hiddenSize, options);
}

// An object type has no order, so "the first layer's input" cannot be asked for. It need not be: no layer gives tokens,
// so a layer that takes them is the first.
type TakesTokens<L> = true extends {
  [K in keyof L]: InputsOf<L[K]> extends { x: Ints } ? true : false;
}[keyof L]
  ? true
  : false;
type Key<L> = `${Exclude<keyof L, symbol>}`; // also "0", "1": PyTorch's nn.Sequential

/** In the order of the keys; a recurrent layer hands on its y. Takes x; gives y. */
export function sequential<L extends { readonly [name: string]: Model<{ x: Ints | Floats }> }>(
  layers: L,
): Model<
  { x: TakesTokens<L> extends true ? Ints : Floats },
  "y",
  Key<L>,
  (x: TakesTokens<L> extends true ? Value<"int"> : Value) => Value
> {
  const names = Object.keys(layers);
  if (names.length === 0) throw new ShapeError("sequential: there are no layers; give at least one.");
  const described = describe(layers);
  const first = inputOf(described.get(names[0]));
  return new Network(
    {
      layers: described,
      inputs: new Map([["x", first]]),
      wire: (call, { x }) => names.reduce((value, name) => outputOf(call(name)({ x: value })), x),
    },
    planOf,
  );
}

/** What a layer hands on. */
function outputOf(made: Edges): Edge {
  return made instanceof Edge ? made : made.y;
}

function describe(layers: { readonly [name: string]: Model }): Map<string, Description> {
  return new Map(Object.entries(layers).map(([name, net]) => [name, networkOf(net).description]));
}

/** What a layer takes as x. */
function inputOf(description: Description | undefined): Shape {
  if (!description) return { axes: "sequence", type: "float", features: undefined };
  if ("layer" in description) {
    const { type, features } = description.layer.takes.x;
    return { axes: "sequence", type, features };
  }
  return description.inputs.get("x") ?? { axes: "sequence", type: "float", features: undefined };
}

/** Declares an input of model(). A size may be left out where a layer that takes the input tells it. */
export interface Input<K extends "float" | "int" = "float" | "int"> {
  readonly "~input": K;
  readonly shape: readonly (string | number | undefined)[];
}

const declared = new WeakMap<Input, Shape>();

function declare<K extends "float" | "int">(type: K, axes: Shape["axes"], n?: number): Input<K> {
  const letters = { sequence: ["B", "T"], vector: ["B"], state: ["L·D", "B"] }[axes];
  const one: Input<K> = { "~input": type, shape: type === "int" ? letters : [...letters, n ?? "F"] };
  declared.set(one, { axes, type, features: n });
  return one;
}

export const input: {
  /** Integers [B, T]. */
  tokens(): Input<"int">;
  /** Integers [B]. */
  label(): Input<"int">;
  /** Floats [B, T, n]. */
  features(n?: number): Input<"float">;
  /** Floats [B, n]. */
  vector(n?: number): Input<"float">;
  /** Floats [L·D, B, H]: an initial state. */
  state(): Input<"float">;
} = {
  tokens: () => declare("int", "sequence"),
  label: () => declare("int", "vector"),
  features: (n) => declare("float", "sequence", n),
  vector: (n) => declare("float", "vector", n),
  state: () => declare("float", "state"),
};

type DataOf<K> = K extends Input<"int"> ? Ints : Floats;
type ValueOf<K> = K extends Input<"int"> ? Value<"int"> : Value;
type Reserved = {
  readonly [K in
    | "target"
    | "targetLengths"]?: "this name is the loss's: an input that had it would be fed the answer";
};
type Layers = { readonly [name: string]: Model };

/**
 * Any wiring: `wire` is called once with the layers as functions and the inputs as values. One value is the output y; a record names
 * several.
 */
export function model<
  L extends Layers,
  I extends { readonly [name: string]: Input },
  R extends Value | { readonly [name: string]: Value },
>(
  layers: L,
  inputs: I & Reserved,
  wire: (
    layers: { readonly [K in keyof L]: CallOf<L[K]> },
    inputs: { readonly [K in keyof I]: ValueOf<I[K]> },
  ) => R,
): Model<
  { -readonly [K in keyof I]: DataOf<I[K]> },
  R extends Value ? "y" : keyof R & string,
  Key<L>,
  (inputs: { readonly [K in keyof I]: ValueOf<I[K]> }) => R
> {
  const shapes = new Map(Object.entries(inputs).map(([name, one]) => [name, shapeOf(name, one as Input)]));
  const networks = new Map(Object.entries(layers).map(([name, net]) => [name, networkOf(net)]));
  return new Network<
    { -readonly [K in keyof I]: DataOf<I[K]> },
    R extends Value ? "y" : keyof R & string,
    Key<L>,
    (inputs: { readonly [K in keyof I]: ValueOf<I[K]> }) => R
  >(
    {
      layers: describe(layers),
      inputs: shapes,
      wire: (call, values) => {
        const functions = [...networks].map(([name, net]) => [name, callable(net, call(name))]);
        // Types are checked where wire is written: inside, values are edges and layers are calls by name.
        const made: unknown = wire(Object.fromEntries(functions), values as never);
        return made as Edges;
      },
    },
    planOf,
  );
}

function shapeOf(name: string, one: Input): Shape {
  const shape = declared.get(one);
  if (name === "target" || name === "targetLengths") {
    throw new ShapeError(`model: an input is called "${name}"; that name is the loss's. Call it otherwise.`);
  }
  if (shape) return shape;
  throw new ShapeError(`model: ${name} is no input; declare it, as in input.features(16).`);
}

/** How a layer is called inside model(): a plain one with x and what else it is given, a model of several inputs with a record. */
function callable({ description }: AnyNetwork, call: Call): unknown {
  const isPlain = "layer" in description || (description.inputs.size === 1 && description.inputs.has("x"));
  if (!isPlain) return call;
  return (x: Edges, given: Record<string, Edge> = {}) => call(x instanceof Edge ? { x, ...given } : x);
}

const edges = (values: readonly Value[]): Edge[] =>
  values.map((value) => {
    if (value instanceof Edge) return value;
    throw new ShapeError("model: a value is missing; wire what layers give and inputs are.");
  });

/** The features of all values side by side: [B, T, F1 + F2 + …]. */
export function concat(...values: readonly [Value, Value, ...Value[]]): Value {
  const [first, ...rest] = edges(values);
  return first.trace.concat([first, ...rest]);
}

/** The sum of values of one shape, number by number. */
export function add(...values: readonly [Value, Value, ...Value[]]): Value {
  const [first, ...rest] = edges(values);
  return first.trace.pointwise([first, ...rest], (x) => x.reduce((a, b) => a.add(b)));
}

/** The product of values of one shape, number by number. */
export function mul(...values: readonly [Value, Value, ...Value[]]): Value {
  const [first, ...rest] = edges(values);
  return first.trace.pointwise([first, ...rest], (x) => x.reduce((a, b) => a.mul(b)));
}
