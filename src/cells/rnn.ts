// The Elman network's cell, floor 1.

import { type Cell, defineCell } from "./cell.js";
import { relu, tanh } from "./functions.js";

/** Elman (1990), "Finding structure in time": h' = tanh(W x + R h + b). One gate, a. */
export const rnnTanh: Cell<"h"> = /* @__PURE__ */ defineCell({
  name: "rnn_tanh",
  gates: { a: "sum" },
  state: ["h"],
  step: ({ a }) => ({ h: tanh(a) }),
});

/** The same with a rectifier, as in Le, Jaitly and Hinton (2015): h' = max(W x + R h + b, 0). One gate, a. */
export const rnnRelu: Cell<"h"> = /* @__PURE__ */ defineCell({
  name: "rnn_relu",
  gates: { a: "sum" },
  state: ["h"],
  step: ({ a }) => ({ h: relu(a) }),
});
