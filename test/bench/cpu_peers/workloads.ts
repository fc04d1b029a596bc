// What is timed: forward passes of recurrent networks (A to D) and a training step (E). Inputs are
// time-major, X [T, B, I], as onnxruntime wants them.

import { type Floats, gru, linear, lstm, type Model, rnn, sequential } from "webrnn";
import { mix2, uniform } from "../../../src/random.js";

export interface Workload {
  readonly name: string;
  readonly cell: "lstm" | "gru" | "rnn";
  readonly B: number;
  readonly T: number;
  readonly I: number;
  readonly H: number;
  readonly layers: number;
  readonly directions: 1 | 2;
  /** Time steps that a call brings: all, or 1 with the state carried from call to call. */
  readonly steps: number;
  /** What is wanted of webrnn's time by onnxruntime's: with fused multiply-add, and without. */
  readonly wanted: { readonly fused: number; readonly unfused: number };
}

const single = { layers: 1, directions: 1 } as const;
const C = { B: 32, T: 64, I: 128, H: 256, steps: 64, ...single } as const;

export const C_lstm: Workload = {
  ...{ name: "C: LSTM, 32 × 64, 128 → 256", cell: "lstm", ...C },
  wanted: { fused: 0.85, unfused: 1 },
};

export const forward: readonly Workload[] = [
  {
    ...{ name: "A: LSTM, 1 × 200, 128 → 128, single steps", cell: "lstm" },
    ...{ B: 1, T: 200, I: 128, H: 128, steps: 1, ...single },
    wanted: { fused: 0.4, unfused: 0.4 },
  },
  {
    ...{ name: "B: LSTM, 1 × 512, 64 → 128", cell: "lstm" },
    ...{ B: 1, T: 512, I: 64, H: 128, steps: 512, ...single },
    wanted: { fused: 0.8, unfused: 1 },
  },
  C_lstm,
  { name: "C: GRU, the same", cell: "gru", ...C, wanted: { fused: 1, unfused: 1 } },
  { name: "C: RNN, the same", cell: "rnn", ...C, wanted: { fused: 1, unfused: 1 } },
  {
    ...{ name: "D: LSTM, 16 × 64, 64 → 128, 2 layers, bidirectional", cell: "lstm" },
    ...{ B: 16, T: 64, I: 64, H: 128, steps: 64, layers: 2, directions: 2 },
    wanted: { fused: 1, unfused: 1 },
  },
];

/** The training step: an LSTM and a linear layer, a class at every time step, Adam. */
export const E = {
  name: "E: training step, LSTM, 32 × 64, 64 → 128 → 64",
  ...{ B: 32, T: 64, I: 64, H: 128, classes: 64 },
  /** Of its time by that of onnxruntime's C, which cannot train; and by that of plain loops. */
  wanted: { ofC: 0.95, ofPlain: 1 / 15 },
} as const;

/** An LSTM cell's arithmetic, operation by operation: of its time by that of one function. */
export const cell = {
  name: "LSTM cell, 32 × 256 units",
  ...{ B: 32, H: 256 },
  wanted: 1.15,
} as const;

type Net = Model<{ x: Floats }, "y">;
/** Weights by name. */
export type Weights = ReturnType<Net["initialWeights"]>;

export function networkOf({ cell, I, H, layers, directions }: Workload): Net {
  const options = {
    numLayers: layers,
    ...(directions === 2 && { bidirectional: true as const }),
  };
  const layer = { lstm, gru, rnn }[cell](I, H, options);
  return sequential({ rnn: layer as Net });
}

export function classifier(): Net {
  return sequential({ rnn: lstm(E.I, E.H), head: linear(E.H, E.classes) });
}

/** X [T, B, I], uniform in ±1. */
export function floats({ T, B, I }: { T: number; B: number; I: number }): Float32Array {
  return Float32Array.from({ length: T * B * I }, (_, n) => 2 * uniform(mix2(1, n)) - 1);
}

/** Classes [T, B] of E. */
export function targets(): Int32Array {
  return Int32Array.from({ length: E.T * E.B }, (_, n) => mix2(2, n) % E.classes);
}
