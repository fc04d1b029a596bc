// The cells of a draw and their options, and the layers that the library makes of them.

import fc from "fast-check";
import {
  type Activation,
  gru,
  indRnn,
  lstm,
  mgu,
  minGru,
  minLstm,
  type Recurrent,
  recurrent,
  rnn,
} from "../../src/index.js";
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

type Gates<G extends string> = { readonly [K in G]?: Activation };

/** A cell's own options, as the layer takes them, beside its kind. */
export type Cell =
  | { readonly kind: "rnn"; readonly nonlinearity: Activation; readonly clip?: number }
  | {
      readonly kind: "lstm";
      readonly peephole: boolean;
      readonly coupled: boolean;
      readonly layerNorm: boolean;
      /** Whether the output is projected, to about half as many. */
      readonly projected: boolean;
      readonly clip?: number;
      readonly cellClip?: number;
      readonly activations?: Gates<"i" | "f" | "g" | "o" | "c">;
    }
  | {
      readonly kind: "gru";
      readonly resetAfter: boolean;
      readonly layerNorm: boolean;
      readonly clip?: number;
      readonly activations?: Gates<"r" | "z" | "n">;
    }
  | { readonly kind: "indRnn"; readonly nonlinearity: Activation }
  | { readonly kind: "minGru" | "minLstm" | "mgu" }
  | { readonly kind: "custom"; readonly name: Own }
  | Made;

/** A cell that a test gives as a function: it is never drawn. */
export interface Made {
  readonly kind: "made";
  readonly make: (inputSize: number, hiddenSize: number, options: object) => unknown;
  readonly states: readonly string[];
}

const flag = fc.boolean();
const all: readonly Activation[] = [
  "tanh",
  "sigmoid",
  "relu",
  { kind: "affine", alpha: 0.7, beta: 0.2 },
  { kind: "leakyRelu", alpha: 0.2 },
  { kind: "thresholdedRelu", alpha: 0.3 },
  { kind: "scaledTanh", alpha: 0.9, beta: 1.2 },
  { kind: "hardSigmoid", alpha: 0.3, beta: 0.4 },
  { kind: "elu", alpha: 0.8 },
  "softsign",
  "softplus",
];
const activation = fc.constantFrom(...all);
/** Half of them the usual one. */
const or = (usual: Activation): fc.Arbitrary<Activation> => fc.oneof(fc.constant(usual), activation);
const clip = fc.constantFrom(0.5, 2);

const kind = <K extends string>(...of: K[]): { kind: fc.Arbitrary<K> } => ({ kind: fc.constantFrom(...of) });

export const cells: fc.Arbitrary<Cell> = fc.oneof(
  fc.record({ ...kind("rnn"), nonlinearity: or("tanh"), clip }, { requiredKeys: ["kind", "nonlinearity"] }),
  {
    weight: 3,
    arbitrary: fc.record(
      {
        ...kind("lstm"),
        peephole: flag,
        coupled: flag,
        layerNorm: flag,
        projected: flag,
        clip,
        cellClip: clip,
        activations: fc.record({
          i: or("sigmoid"),
          f: or("sigmoid"),
          g: or("tanh"),
          o: or("sigmoid"),
          c: or("tanh"),
        }),
      },
      { requiredKeys: ["kind", "peephole", "coupled", "layerNorm", "projected"] },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        ...kind("gru"),
        resetAfter: flag,
        layerNorm: flag,
        clip,
        activations: fc.record({ r: or("sigmoid"), z: or("sigmoid"), n: or("tanh") }),
      },
      { requiredKeys: ["kind", "resetAfter", "layerNorm"] },
    ),
  },
  fc.record({ ...kind("indRnn"), nonlinearity: or("relu") }),
  fc.record(kind("minGru", "minLstm", "mgu")),
  fc.record({ ...kind("custom"), name: fc.constantFrom(...(Object.keys(own) as Own[])) }),
);

/** A layer of the cell, and the sizes of its states by name, that of the output first. */
export function layerOf(
  cell: Cell,
  I: number,
  H: number,
  options: object,
): { layer: Recurrent<string>; states: ReadonlyMap<string, number> } {
  // Which states a cell has is a type of its own for each; here they are names.
  const as = (layer: unknown, ...states: string[]) => ({
    layer: layer as Recurrent<string>,
    states: new Map(states.map((s) => [s, H])),
  });
  const { kind: _, ...of } = cell;
  const given = { ...options, ...of };
  switch (cell.kind) {
    case "rnn":
      return as(rnn(I, H, given), "h");
    case "lstm": {
      const { kind, projected, ...others } = cell;
      const P = projected ? projectedSize(H) : H;
      const made = as(lstm(I, H, { ...options, ...others, ...(projected && { projSize: P }) }), "h", "c");
      return { ...made, states: new Map([...made.states, ["h", P]]) };
    }
    case "gru":
      return as(gru(I, H, given), "h");
    case "indRnn":
      return as(indRnn(I, H, given), "h");
    case "minGru":
      return as(minGru(I, H, options), "h");
    case "minLstm":
      return as(minLstm(I, H, options), "h");
    case "mgu":
      return as(mgu(I, H, options), "h");
    case "made":
      return as(cell.make(I, H, options), ...cell.states);
    case "custom":
      return as(recurrent<string>(own[cell.name].cell, I, H, options), ...own[cell.name].states);
  }
}

/** The same without options that exclude each other: a coupled gate's function, a normalized R h. */
export function acceptedCell(cell: Cell): Cell {
  if (cell.kind === "gru" && cell.layerNorm) return { ...cell, resetAfter: true };
  if (cell.kind !== "lstm" || !cell.coupled || !cell.activations) return cell;
  const { f: _, ...activations } = cell.activations;
  return { ...cell, activations };
}

/** What other options depend on. */
export function aboutCell(cell: Cell): { hasR: boolean; isNormed: boolean; isProjected: boolean } {
  const isDelayed = cell.kind === "custom" && cell.name === "delayed";
  return {
    hasR: !isDelayed && !["indRnn", "minGru", "minLstm"].includes(cell.kind),
    isNormed: (cell.kind === "lstm" || cell.kind === "gru") && cell.layerNorm,
    isProjected: cell.kind === "lstm" && cell.projected,
  };
}

const projectedSize = (H: number): number => Math.ceil(H / 2);

/** Whether a unit of the cell has a kink or a jump, or is written with one. */
export function isKinky(cell: Cell): boolean {
  const smooth = ["tanh", "sigmoid", "scaledTanh", "affine"];
  const isSmooth = (one: Activation): boolean => smooth.includes(typeof one === "string" ? one : one.kind);
  switch (cell.kind) {
    case "rnn":
      return cell.clip !== undefined || !isSmooth(cell.nonlinearity);
    case "lstm":
    case "gru": {
      const isClipped = cell.clip !== undefined || (cell.kind === "lstm" && cell.cellClip !== undefined);
      return isClipped || Object.values(cell.activations ?? {}).some((one) => !isSmooth(one));
    }
    case "indRnn":
      return !isSmooth(cell.nonlinearity);
    case "minLstm":
      return true;
    case "custom":
      return cell.name === "kinks";
    default:
      return false;
  }
}
