// What the page shows of what is read and of the network, as the worker reports it: plain data.

import type { Settings } from "./settings.js";

/** What an exercise reads. */
export type Facts = TextFacts | NamesFacts;

export interface TextFacts {
  readonly kind: Settings["text"];
  /** Of a file of one's own; else empty. */
  readonly name: string;
  readonly language: string;
  readonly characters: number;
  readonly symbols: number;
  readonly heldOut: number;
  readonly excerpt: string;
}

export interface NamesFacts {
  readonly kind: "languages";
  readonly languages: string;
  /** Of each language, as many names are learnt from. */
  readonly counts: readonly number[];
  readonly names: number;
  readonly symbols: number;
  readonly heldOut: number;
  /** A few held-out names to try, with the language of each. */
  readonly examples: readonly { readonly text: string; readonly label: number }[];
}

export interface Costs {
  readonly dispatches: number;
  readonly submits: number;
  readonly flops: number;
  readonly bytes: number;
  readonly memory: number;
  /** The share of the operations that names' own lengths save, where that is known. */
  readonly spared?: number;
}

/** One row of `verify`. */
export interface CheckRow {
  readonly kernel: string;
  readonly shape: string;
  readonly forward: number;
  readonly backward: number;
  readonly ok: boolean;
}

/** How good the network is: bits per character of a text, or the share of names that it gets right. */
export interface Measure {
  readonly update: number;
  readonly heldOut: number;
  /** Of names that were learnt from; a text's training bits come with every update. */
  readonly training?: number;
}

export interface Sample {
  /** The update that wrote it. */
  readonly update: number;
  readonly prompt: string;
  readonly symbols: readonly string[];
  /** Of every symbol, -log₂ of the probability that the model gave it. */
  readonly surprise: Float32Array;
}

/** What the network thinks of a name. */
export interface Reading {
  readonly update: number;
  /** Its letters, as far as they are read. */
  readonly letters: readonly string[];
  /** Of each beginning of it, from one letter on, the probability of every language. */
  readonly beliefs: readonly Float32Array[];
}

/** How the held-out names were read. */
export interface Confusion {
  readonly update: number;
  /** [languages, languages]: of the names in the first, as many were taken for the second. */
  readonly counts: Uint32Array;
  /** One name of each cell that has any, by the cell's index. */
  readonly examples: readonly (string | undefined)[];
}
