// The settings of an experiment: what they are and what they may be. How they begin is in defaults.ts, how they
// live in a link in address.ts.

import { latin } from "./text/names.js";

export const exercises = ["writing", "languages"] as const;
export const texts = ["novel", "names", "own"] as const;
export const cells = ["rnn", "lstm", "gru"] as const;
export const optimizers = ["adam", "adamw", "sgd"] as const;
export const backends = ["auto", "webgpu", "cpu"] as const;
export const tongues = ["en", "ko"] as const;

export const directions = ["both", "forward"] as const;

export type Exercise = (typeof exercises)[number];
export type Directions = (typeof directions)[number];
export type TextKind = (typeof texts)[number];
export type CellName = (typeof cells)[number];
export type OptimizerName = (typeof optimizers)[number];
export type BackendChoice = (typeof backends)[number];
export type Tongue = (typeof tongues)[number];

/** What a new model needs: these change only by building one. */
export interface Structure {
  readonly exercise: Exercise;
  readonly backend: BackendChoice;
  readonly text: TextKind;
  /** Of the names: a code of CLDR. */
  readonly language: string;
  /** Those to tell apart, as joinLanguages writes them. */
  readonly languages: string;
  /** Of a network that tells languages apart; one that writes reads forward only. */
  readonly directions: Directions;
  readonly cell: CellName;
  readonly hidden: number;
  readonly layers: number;
  /** Back in time; of a name, as many letters are read. */
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: OptimizerName;
  readonly seed: number;
}

/** What changes while it trains. */
export interface Live {
  readonly lr: number;
  /** The longest gradient; Infinity is no clipping. */
  readonly clip: number;
  readonly temperature: number;
}

export interface Settings extends Structure, Live {
  /** What the samples begin with; empty is a new line. */
  readonly prompt: string;
  /** The name whose language the network is asked for. */
  readonly name: string;
}

export const choices = {
  hidden: [16, 32, 64, 128, 256, 512],
  layers: [1, 2, 3],
  steps: [8, 16, 32, 64, 128, 256],
  batch: [1, 2, 4, 8, 16, 32, 64, 128],
} as const;

export const ranges = {
  lr: { min: 1e-4, max: 1 },
  clip: { min: 0.01, max: 100 },
  temperature: { min: 0.1, max: 2 },
} as const;

/** Changing one of these needs a new model. */
export const structural = [
  "exercise",
  "backend",
  "text",
  "language",
  "languages",
  "directions",
  "cell",
  "hidden",
  "layers",
  "steps",
  "batch",
  "optimizer",
  "seed",
] as const satisfies readonly (keyof Structure)[];

/** What an exercise has no use for. */
const idle: { readonly [E in Exercise]: readonly (keyof Settings)[] } = {
  writing: ["languages", "directions", "name"],
  languages: ["text", "language", "temperature", "prompt"],
};

/** Whether a setting changes nothing: it is the other exercise's, or the language of names that are not read. */
export const isIdle = (key: keyof Settings, { exercise, text }: Settings): boolean =>
  idle[exercise].includes(key) || (key === "language" && text !== "names");

/** Those of them in which two settings differ and that act in either. */
export const differences = (a: Settings, b: Settings): (keyof Structure)[] =>
  structural.filter((key) => a[key] !== b[key] && !(isIdle(key, a) && isIdle(key, b)));

/** Codes as one word, in the order in which they are offered. */
export const joinLanguages = (codes: readonly string[]): string =>
  latin.filter((code) => codes.includes(code)).join("-");

export const splitLanguages = (languages: string): string[] => languages.split("-");

/** The width of the embedding: half of the hidden units, at most 64. */
export const embeddingSize = (hidden: number): number => Math.min(64, hidden / 2);
