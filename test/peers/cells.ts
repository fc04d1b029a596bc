// Cells as other projects name them, as layers of webrnn: any activation in any place, clipped pre-activations,
// peepholes.

import {
  type Activation,
  type ActivationName,
  gru,
  lstm,
  type Recurrent,
  type RecurrentOptions,
  rnn,
} from "webrnn";

/** What a cell computes, whoever's it is. */
export interface CellKind {
  readonly kind: "rnn" | "lstm" | "gru";
  /** Theirs, in any spelling. rnn: [f]. lstm: [gates, candidate, output]. gru: [gates, candidate]. */
  readonly activations: readonly string[];
  /** lstm: gates see the cell's state too, the output gate the new one. */
  readonly peephole?: boolean;
  /** gru: the reset gate acts after the product with R, not before it. */
  readonly resetAfter?: boolean;
}

const ours: readonly ActivationName[] = ["tanh", "sigmoid", "relu", "hardSigmoid", "softsign"];

/** hard_sigmoid and hardSigmoid are one; Keras's default numbers are ONNX's, and ours. */
function activation(name: string): Activation {
  const plain = (spelt: string): string => spelt.toLowerCase().replaceAll("_", "");
  const found = ours.find((own) => plain(own) === plain(name));
  if (found === undefined) {
    throw new Error(`there is no activation ${name}`);
  }
  return found;
}

export function layerOf(
  { kind, activations, peephole = false, resetAfter = false }: CellKind,
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions<"h">,
): Recurrent<"h"> | Recurrent<"h" | "c"> {
  const [f, g, c] = activations.map(activation);
  switch (kind) {
    case "rnn":
      return rnn(inputSize, hiddenSize, { ...options, nonlinearity: f });
    case "lstm":
      return lstm(inputSize, hiddenSize, { ...options, peephole, activations: { i: f, f, g, o: f, c } });
    case "gru":
      return gru(inputSize, hiddenSize, { ...options, resetAfter, activations: { r: f, z: f, n: g } });
  }
}
