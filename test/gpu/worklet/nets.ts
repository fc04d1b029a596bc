// The networks of the audio worklet's test, by name: the page and the worklet each make their own.

import { gru, linear, lstm, type Model, recurrent, rnn, sequential } from "../../../src/index.js";
import { leaky } from "../../cells_p07.js";

const units = 24;

const layers = {
  lstm: lstm(1, units),
  rnn: rnn(1, units),
  gru: gru(1, units),
  "gru, reset before": gru(1, units, { resetAfter: false }),
  leaky: recurrent(leaky, 1, units),
};

export type Name = keyof typeof layers;

/** A recurrent layer and a linear one: samples in, samples out. */
export function netOf(name: Name): Model<{ x: Float32Array }, "y"> {
  const rnn = layers[name] as Model<{ x: Float32Array }>;
  return sequential({ rnn, head: linear(units, 1) }) as Model<{ x: Float32Array }, "y">;
}

/** Samples that an AudioWorklet gets a call. */
export const block = 128;
