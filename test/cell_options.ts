// The options of the built-in cells, each alone and some together, and the further cells: what the checks by
// central differences and on both backends are run on.

import {
  type Activation,
  type ActivationName,
  gru,
  indRnn,
  lstm,
  mgu,
  minGru,
  minLstm,
  rnn,
} from "../src/index.js";
import type { Made } from "./fuzz/cells.js";

export const activations: readonly ActivationName[] = [
  "relu",
  "tanh",
  "sigmoid",
  "affine",
  "leakyRelu",
  "thresholdedRelu",
  "scaledTanh",
  "hardSigmoid",
  "elu",
  "softsign",
  "softplus",
];

/** Other numbers than the usual ones, for those that take some. */
export const numbered: readonly Exclude<Activation, string>[] = [
  { kind: "affine", alpha: 0.9, beta: 0.05 },
  { kind: "leakyRelu", alpha: 0.2 },
  { kind: "thresholdedRelu", alpha: 0.1 },
  { kind: "scaledTanh", alpha: 1.2, beta: 0.6 },
  { kind: "hardSigmoid", alpha: 0.3, beta: 0.4 },
  { kind: "elu", alpha: 0.7 },
];

type Make = (inputSize: number, hiddenSize: number, options: object) => unknown;
const made = (name: string, make: Make, ...states: string[]): [string, Made] => [
  name,
  { kind: "made", make, states },
];
const ofLstm = (name: string, more: object): [string, Made] =>
  made(`lstm ${name}`, (I, H, o) => lstm(I, H, { ...o, ...more }), "h", "c");
const ofGru = (name: string, more: object): [string, Made] =>
  made(`gru ${name}`, (I, H, o) => gru(I, H, { ...o, ...more }), "h");
const ofRnn = (name: string, more: object): [string, Made] =>
  made(`rnn ${name}`, (I, H, o) => rnn(I, H, { ...o, ...more }), "h");

const normed = { layerNorm: true, bias: false };

/** Every option that changes a cell, alone and in some company. */
export const options: ReadonlyMap<string, Made> = new Map([
  ofLstm("peephole", { peephole: true }),
  ofLstm("coupled", { coupled: true }),
  ofLstm("clip", { clip: 0.6 }),
  ofLstm("cellClip", { cellClip: 0.4 }),
  ofLstm("layerNorm", normed),
  ofLstm("peephole, coupled, clip, cellClip", { peephole: true, coupled: true, clip: 0.7, cellClip: 0.5 }),
  ofLstm("peephole, layerNorm, clip", { ...normed, peephole: true, clip: 1.1 }),
  ofLstm("coupled, layerNorm, cellClip", { ...normed, coupled: true, cellClip: 0.8 }),
  ofGru("clip", { clip: 0.5 }),
  ofGru("clip, reset before", { clip: 0.5, resetAfter: false }),
  ofGru("layerNorm", normed),
  ofGru("layerNorm, clip", { ...normed, clip: 1.1 }),
  ofRnn("clip", { clip: 0.5 }),
  made("indRnn", indRnn, "h"),
  made("indRnn softsign", (I, H, o) => indRnn(I, H, { ...o, nonlinearity: "softsign" }), "h"),
  made("minGru", minGru, "h"),
  made("minLstm", minLstm, "h"),
  made("mgu", mgu, "h"),
]);

/** Every activation, as the function of every gate. */
export const functions: ReadonlyMap<string, Made> = new Map(
  [...activations, ...numbered].flatMap((activation) => {
    const of = typeof activation === "string" ? activation : JSON.stringify(activation);
    return [
      ofRnn(of, { nonlinearity: activation }),
      ...["i", "f", "g", "o", "c"].map((k) => ofLstm(`${k} ${of}`, { activations: { [k]: activation } })),
      ...["r", "z", "n"].map((k) => ofGru(`${k} ${of}`, { activations: { [k]: activation } })),
      ofGru(`n ${of}, reset before`, { activations: { n: activation }, resetAfter: false }),
    ];
  }),
);
