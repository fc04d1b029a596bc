// Every option alone, of a layer with nothing else that is special: what the sweep draws in combinations.

import { type Draw, plain, type Tail } from "./draws.js";

const two: Draw = { ...plain, T: 4, B: 3, numLayers: 2, given: "none" };
const trained: Draw = { ...two, training: true };
const lstm = {
  kind: "lstm",
  peephole: false,
  coupled: false,
  layerNorm: false,
  projected: false,
} as const;
const tails: readonly Tail[] = [
  "head",
  "decoder",
  "dot",
  "general",
  "additive",
  "last",
  "mean",
  "max",
  "attention",
  "norm",
];

/** By what is special. */
const options: Readonly<Record<string, Draw>> = {
  nothing: two,
  "initial states": { ...two, given: "all" },
  "one initial state of two": { ...two, cell: lstm, given: "first" },
  "learned states": { ...two, cell: lstm, learnedState: true },
  "a projection": { ...two, cell: { ...lstm, projected: true } },
  "no bias": { ...two, bias: false },
  "the input's bias": { ...two, bias: "input" },
  "the recurrent bias": { ...two, bias: "recurrent" },
  reverse: { ...two, direction: "reverse" },
  "reverse, in the order of its making": { ...two, direction: "reverse", reverseOrder: "processed" },
  "both directions": { ...two, direction: "both" },
  "their sum": { ...two, direction: "both", merge: "sum" },
  "their mean": { ...two, direction: "both", merge: "mean" },
  "their product": { ...two, direction: "both", merge: "product" },
  "their halves": { ...two, direction: "both", tail: "halves" },
  lengths: { ...two, lengths: "lengths" },
  "lengths in both directions": { ...two, lengths: "lengths", direction: "both" },
  "a mask": { ...two, lengths: "mask" },
  "a mask that makes zeros": { ...two, lengths: "mask", masked: "zero" },
  dropout: { ...trained, dropout: 0.3 },
  "dropout of the input": { ...trained, inputDropout: 0.3 },
  "recurrent dropout": { ...trained, recurrentDropout: 0.3 },
  DropConnect: { ...trained, dropConnect: 0.3 },
  zoneout: { ...trained, zoneout: 0.3 },
  "zoneout's mean": { ...two, zoneout: 0.3 },
  "time-major": { ...two, batchFirst: false },
  unbatched: { ...two, B: 1, unbatched: true, given: "all" },
  "little memory": { ...two, memory: "small" },
  embedding: { ...two, front: "embedding" },
  "cross entropy": {
    ...two,
    objective: { kind: "crossEntropy", labelSmoothing: 0.1, weighed: true, reduction: "mean" },
  },
  ...Object.fromEntries(
    (["squaredError", "binaryCrossEntropy", "huber"] as const).map((kind) => [
      kind,
      { ...two, objective: { kind, reduction: "sum" } },
    ]),
  ),
  ...Object.fromEntries(tails.map((tail) => [`behind it: ${tail}`, { ...two, lengths: "lengths", tail }])),
};

export const alone: readonly (readonly [string, Draw])[] = Object.entries(options);
