// The cells without gates, floor 1: Elman's, and the one whose units are independent of each other.

import { type Activation, pointwise } from "./activations.js";
import { type Cell, variant } from "./cell.js";
import { within } from "./gates.js";

/**
 * Elman (1990), "Finding structure in time": h' = f(W x + R h + b), f tanh, or a rectifier as in Le, Jaitly and
 * Hinton (2015), or any other. One gate, a. clip: the sum is held within ±clip, as ONNX has it.
 */
export function rnnCell(nonlinearity: Activation = "tanh", clip?: number): Cell<"h"> {
  const { name, f } = pointwise("rnn: nonlinearity", nonlinearity);
  const { hold, note } = within("rnn", "clip", clip);
  return variant(`rnn_${name}`, [note], (name) => ({
    name,
    gates: { a: "sum" },
    state: ["h"],
    step: ({ a }) => ({ h: f(hold(a)) }),
  }));
}
