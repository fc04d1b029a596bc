// Layers as users describe them, floor 5: data, no device. A bare layer is a model. Recurrent ones are in
// src/describe.

import type { Expr } from "./cells/expr.js";
import { checkSize, nothingElse, oneOf, share } from "./errors.js";
import type { LayerDefinition } from "./layers/definition.js";
import { dropoutDefinition } from "./layers/dropout.js";
import { embeddingDefinition } from "./layers/embedding.js";
import { linearDefinition } from "./layers/linear.js";
import { Network } from "./network/network.js";
import type { Model } from "./types.js";
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
/** A layer as a model. */
export function layer<In extends object, Out extends string, Call>(
  definition: LayerDefinition,
): Model<In, Out, string, Call> {
  return new Network<In, Out, string, Call>({ layer: definition });
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
  const { bias = true, activation, ...rest } = o;
  nothingElse("linear", o, rest);
  if (activation) oneOf("linear", "activation", activation, ["tanh", "sigmoid", "relu"]);
  return layer(linearDefinition(inputSize, outputSize, { bias, activation }));
}

/** While training, drops each number with probability p and scales the others by 1 / (1 - p). */
export function dropout(p: number): Layer {
  return layer(dropoutDefinition(share("dropout: the share dropped", p)));
}
