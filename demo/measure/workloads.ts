// What is measured: on the visitor's device by the page, beside other libraries and natively by test/bench. All
// numbers are drawn here, the same everywhere; inputs are time-major, X [T, B, I].

import {
  crossEntropy,
  embedding,
  type Floats,
  gru,
  type Ints,
  linear,
  lstm,
  type Model,
  rnn,
  sequential,
  type Tensor,
} from "webrnn";

export type Name =
  | "A_each"
  | "A_last"
  | "B_long"
  | "C_lstm"
  | "C_gru"
  | "C_rnn"
  | "D_bi2"
  | "E_train"
  | "F_gen";

export interface Workload {
  readonly name: Name;
  /**
   * forward: the whole sequence in, all of y out. each, last: one step a call, the state carried, every y read or
   * only the last. train: one update; its loss is read. generate: one token after another.
   */
  readonly kind: "forward" | "each" | "last" | "train" | "generate";
  readonly cell: "lstm" | "gru" | "rnn";
  readonly B: number;
  readonly T: number;
  readonly I: number;
  readonly H: number;
  readonly layers: number;
  readonly directions: 1 | 2;
  /** Of the linear layer after it, and, where it generates, of tokens; 0: there is none. */
  readonly classes: number;
}

const one = { layers: 1, directions: 1, classes: 0 } as const;
const A = { cell: "lstm", B: 1, T: 200, I: 128, H: 128, ...one } as const;
const C = { kind: "forward", B: 32, T: 64, I: 128, H: 256, ...one } as const;
const D = { cell: "lstm", B: 16, T: 64, I: 64, H: 128, layers: 2, directions: 2, classes: 0 } as const;

export const workloads: readonly Workload[] = [
  { name: "A_each", kind: "each", ...A },
  { name: "A_last", kind: "last", ...A },
  { ...one, name: "B_long", kind: "forward", cell: "lstm", B: 1, T: 512, I: 64, H: 128 },
  { name: "C_lstm", cell: "lstm", ...C },
  { name: "C_gru", cell: "gru", ...C },
  { name: "C_rnn", cell: "rnn", ...C },
  { name: "D_bi2", kind: "forward", ...D },
  { ...one, name: "E_train", kind: "train", cell: "lstm", B: 32, T: 64, I: 64, H: 128, classes: 64 },
  { ...one, name: "F_gen", kind: "generate", cell: "lstm", B: 1, T: 200, I: 64, H: 128, classes: 64 },
];

/** Of the update. */
export const learningRate = 1e-3;

export type Weights = Map<string, Tensor>;
export type Reader = Model<{ x: Floats }, "y">;
export type Writer = Model<{ x: Ints }, "y">;

/** The recurrent layers, and the linear one where there is one. */
export function reader({ cell, I, H, layers, directions, classes }: Workload): Reader {
  const options = { numLayers: layers, ...(directions === 2 && { bidirectional: true as const }) };
  const net = { rnn: { lstm, gru, rnn }[cell](I, H, options) };
  // which layers there are is known by the workload alone
  return sequential(classes > 0 ? { ...net, head: linear(H, classes) } : net) as unknown as Reader;
}

/** The same from tokens on. */
export function writer({ I, H, classes }: Workload): Writer {
  return sequential({ embed: embedding(classes, I), rnn: lstm(I, H), head: linear(H, classes) });
}

/** A writer's tokens are embedded as vectors with a single one, which is what other libraries are fed. */
export function weightsOf(workload: Workload): Weights {
  const { kind, I, classes } = workload;
  const weights: Weights = reader(workload).initialWeights({ seed: 1 });
  if (kind === "generate") {
    const data = Float32Array.from({ length: classes * I }, (_, n) => (n % (I + 1) === 0 ? 1 : 0));
    weights.set("embed.weight", { shape: [classes, I], data });
  }
  return weights;
}

export const loss = crossEntropy();

/** x [T, B, I] in ±1; target [T, B] classes; draws [T] in 0 to 1, by which other libraries sample. */
export function dataOf({ T, B, I, classes }: Workload) {
  const random = uniform(1);
  const x = Float32Array.from({ length: T * B * I }, () => 2 * random() - 1);
  const target = Int32Array.from({ length: T * B }, () => Math.floor(classes * random()));
  const draws = Float32Array.from({ length: T }, random);
  return { x, target, draws };
}

/** mulberry32: numbers in 0 to 1. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
