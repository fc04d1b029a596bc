// The cells of a draw and their options, and the layers that the library makes of them.

import { gru, lstm, type Recurrent, recurrent, rnn } from "../../src/index.js";
import { chained, delayed, kinks, mixed, normed, threeStates, twoFed } from "../cells_p07.js";

/** Cells of one's own that are drawn beside those built in, with their states. */
const own = {
  mixed: { cell: mixed, states: ["h"] },
  threeStates: { cell: threeStates, states: ["h", "c", "m"] },
  normed: { cell: normed, states: ["h"] },
  twoFed: { cell: twoFed, states: ["h", "m"] },
  chained: { cell: chained, states: ["h"] },
  delayed: { cell: delayed, states: ["h", "s", "u"] },
  kinks: { cell: kinks, states: ["h"] },
} as const;
type Own = keyof typeof own;
export const custom = Object.keys(own) as Own[];

export type Cell =
  | { readonly kind: "rnn"; readonly nonlinearity: "tanh" | "relu" }
  | { readonly kind: "lstm" }
  | { readonly kind: "gru"; readonly resetAfter: boolean }
  | { readonly kind: "custom"; readonly name: Own }
  | Made;

/** A cell that a test gives as a function: it is never drawn. */
export interface Made {
  readonly kind: "made";
  readonly make: (inputSize: number, hiddenSize: number, options: object) => unknown;
  readonly states: readonly string[];
}

/** A layer of the cell, and the names of its states. */
export function layerOf(
  cell: Cell,
  I: number,
  H: number,
  options: object,
): { layer: Recurrent<string>; states: readonly string[] } {
  const { kind, ...of } = cell;
  const all = { ...options, ...of };
  // Which states a cell has is a type of its own for each; here they are names.
  const as = (layer: unknown, ...states: string[]) => ({ layer: layer as Recurrent<string>, states });
  switch (cell.kind) {
    case "rnn":
      return as(rnn(I, H, all), "h");
    case "lstm":
      return as(lstm(I, H, all), "h", "c");
    case "gru":
      return as(gru(I, H, all), "h");
    case "made":
      return as(cell.make(I, H, options), ...cell.states);
    case "custom":
      return as(recurrent<string>(own[cell.name].cell, I, H, options), ...own[cell.name].states);
  }
}
