// Networks of several layers, floor 5: sequential and model. A model is a layer.

import type { Value, WhichSteps } from "./describe.js";
import { ShapeError } from "./errors.js";
import { livePorts, type Shape } from "./layers/definition.js";
import { type Call, type Description, Edge, type Edges, inputsOf } from "./network/edge.js";
import { type AnyNetwork, Network, networkOf } from "./network/network.js";
import type { CallOf, InputsOf, Model, Simplify } from "./types.js";
import type { Floats, Ints } from "./weights/tensors.js";

// An object type has no order, so "the first layer's input" cannot be asked for. It need not be: no layer
// gives tokens, so a layer that takes them is the first.
type TakesTokens<L> = true extends {
  [K in keyof L]: InputsOf<L[K]> extends { x: Ints } ? true : false;
}[keyof L]
  ? true
  : false;
type TakesLengths<L> = true extends {
  [K in keyof L]: InputsOf<L[K]> extends { lengths?: Ints }
    ? "lengths" extends keyof InputsOf<L[K]>
      ? true
      : false
    : false;
}[keyof L]
  ? true
  : false;
type SequentialIn<L> = Simplify<
  { x: TakesTokens<L> extends true ? Ints : Floats } & (TakesLengths<L> extends true
    ? { lengths?: Ints }
    : unknown)
>;
type Key<L> = `${Exclude<keyof L, symbol>}`; // also "0", "1": PyTorch's nn.Sequential

/**
 * In the order of the keys; a recurrent layer hands on its y. Takes x, and lengths where a layer knows them
 * (when called inside model(), or a mask), for all layers that do; gives y.
 */
export function sequential<L extends { readonly [name: string]: Model<{ x: Ints | Floats }> }>(
  layers: L,
): Model<
  SequentialIn<L>,
  "y",
  Key<L>,
  (x: TakesTokens<L> extends true ? Value<"int"> : Value, given?: WhichSteps) => Value
> {
  const described = describe(layers);
  const takes = [...described].map(([name, one]) => ({ name, inputs: inputsOf(one) }));
  const x = takes[0]?.inputs.get("x");
  if (!x) throw new ShapeError("sequential: there are no layers; give at least one.");
  const which = takes.flatMap(({ inputs }) => [...inputs].filter(([name]) => name in livePorts));
  return new Network({
    layers: described,
    inputs: new Map([["x", x], ...which]),
    wire: (call, { x: first, ...given }) =>
      takes.reduce((value, { name, inputs }) => {
        const known = Object.entries(given).filter(([port]) => inputs.has(port));
        return outputOf(call(name)({ ...Object.fromEntries(known), x: value }));
      }, first),
  });
}

/** What a layer hands on. */
function outputOf(made: Edges): Edge {
  return made instanceof Edge ? made : made.y;
}

function describe(layers: { readonly [name: string]: Model }): Map<string, Description> {
  return new Map(Object.entries(layers).map(([name, net]) => [name, networkOf(net).description]));
}

/** Declares an input of model(). A size may be left out where a layer that takes the input tells it. */
export interface Input<K extends "float" | "int" = "float" | "int"> {
  readonly "~input": K;
  readonly shape: readonly (string | number | undefined)[];
}

/** What an input is besides what its type says. */
interface Shaped<K extends "float" | "int"> extends Input<K> {
  readonly "~shape": Shape;
}

function declare<K extends "float" | "int">(type: K, axes: Shape["axes"]): (n?: number) => Shaped<K> {
  const letters = { sequence: ["B", "T"], vector: ["B"], state: ["L·D", "B"] }[axes];
  return (n) => ({
    "~input": type,
    shape: type === "int" ? letters : [...letters, n ?? "F"],
    "~shape": { axes, type, features: n },
  });
}

export const input: {
  /** Integers [B, T]. */
  tokens(): Input<"int">;
  /** Integers [B]. */
  label(): Input<"int">;
  /** How many steps each sequence has: integers [B], from 0 to T. */
  lengths(): Input<"int">;
  /** Which steps there are: integers [B, T], 0 where one is masked. */
  mask(): Input<"int">;
  /** Floats [B, T, n]. */
  features(n?: number): Input<"float">;
  /** Floats [B, n]. */
  vector(n?: number): Input<"float">;
  /** Floats [L·D, B, H]: an initial state. */
  state(): Input<"float">;
} = {
  tokens: /* @__PURE__ */ declare("int", "sequence"),
  label: /* @__PURE__ */ declare("int", "vector"),
  lengths: /* @__PURE__ */ declare("int", "vector"),
  mask: /* @__PURE__ */ declare("int", "sequence"),
  features: /* @__PURE__ */ declare("float", "sequence"),
  vector: /* @__PURE__ */ declare("float", "vector"),
  state: /* @__PURE__ */ declare("float", "state"),
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
 * Any wiring: `wire` is called once with the layers as functions and the inputs as values. One value is the
 * output y; a record names several.
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
  >({
    layers: describe(layers),
    inputs: shapes,
    wire: (call, values) => {
      const functions = [...networks].map(([name, net]) => [name, callable(net, call(name))]);
      // Types are checked where wire is written: inside, values are edges and layers are calls by name.
      const made: unknown = wire(Object.fromEntries(functions), values as never);
      return made as Edges;
    },
  });
}

function shapeOf(name: string, one: Input): Shape {
  if (name === "target" || name === "targetLengths") {
    throw new ShapeError(`model: an input is called "${name}"; that name is the loss's. Call it otherwise.`);
  }
  const { "~shape": shape } = one as Shaped<"float">; // of either kind
  if (shape) return shape;
  throw new ShapeError(`model: ${name} is no input; declare it, as in input.features(16).`);
}

/**
 * How a layer is called inside model(): with what it must have, one by one, and a record of what it may have;
 * a model of other inputs than x, with a record of all.
 */
function callable({ description }: AnyNetwork, call: Call): unknown {
  const must = [...inputsOf(description)].filter(([, { optional }]) => !optional).map(([name]) => name);
  if (!("layer" in description || must.join() === "x")) return call;
  return (...given: Edges[]) => {
    if (must.length === 1 && given.length === 1 && !(given[0] instanceof Edge)) return call(given[0]);
    return call(Object.assign({}, given[must.length], ...must.map((name, k) => ({ [name]: given[k] }))));
  };
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

/**
 * The two halves of the last axis: the outputs of the two directions of a bidirectional layer, [B, T, H] each,
 * forward first. For merges of one's own.
 */
export function halves(y: Value): readonly [Value, Value] {
  const [edge] = edges([y]);
  return [edge.trace.half(edge, 0), edge.trace.half(edge, 1)];
}

/** The sum of values of one shape, number by number. */
export function add(...values: readonly [Value, Value, ...Value[]]): Value {
  return edges(values).reduce((a, b) => a.trace.pointwise([a, b], ([x, y]) => x.add(y)));
}

/** The product of values of one shape, number by number. */
export function mul(...values: readonly [Value, Value, ...Value[]]): Value {
  return edges(values).reduce((a, b) => a.trace.pointwise([a, b], ([x, y]) => x.mul(y)));
}
