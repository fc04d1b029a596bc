// The text as the network reads it: loaded, checked, cut into what is learnt from and what is held out, and
// encoded.

import phrases from "virtual:phrases";
import { split, type Vocabulary, vocabulary } from "webrnn";
import type { OwnText, TextFacts } from "../protocol.js";
import type { Settings } from "../settings.js";
import { Refusal } from "./refusal.js";

export interface Corpus {
  readonly facts: TextFacts;
  readonly vocabulary: Vocabulary;
  readonly train: Int32Array<ArrayBuffer>;
  readonly heldOut: Int32Array<ArrayBuffer>;
}

export type Source = Pick<Settings, "text" | "language"> & { readonly own: OwnText | undefined };

const heldOutShare = 0.1;

/** Reads texts, and the one that was read last only once. */
export class Texts {
  #last: { readonly source: Source; readonly corpus: Corpus } | undefined;

  async read(source: Source): Promise<Corpus> {
    if (this.#last === undefined || !isSame(this.#last.source, source)) {
      this.#last = { source, corpus: await readCorpus(source) };
    }
    return this.#last.corpus;
  }
}

function isSame(a: Source, b: Source): boolean {
  const hasSame =
    a.text === "novel" || (a.text === "names" ? a.language === b.language : a.own?.text === b.own?.text);
  return a.text === b.text && hasSame;
}

/** Reads a text. Throws Refusal where it cannot be loaded or teaches nothing. */
async function readCorpus(source: Source): Promise<Corpus> {
  if (source.text === "names") {
    return readNames(source.language);
  }
  const { name, text } =
    source.text === "novel" ? { name: "", text: await loadNovel() } : ownText(source.own);
  const symbols = Array.from(text);
  const cut = Math.floor(symbols.length * (1 - heldOutShare));
  const facts = { kind: source.text, name, language: "" };
  return encode(facts, symbols.slice(0, cut).join(""), symbols.slice(cut).join(""));
}

async function readNames(language: string): Promise<Corpus> {
  const load = phrases[language];
  if (load === undefined) {
    throw new Refusal("text", "textNotLoaded", `There are no names in the language ${language}.`);
  }
  const { default: all } = await loading(load());
  const { train, heldOut } = split(all, { heldOut: heldOutShare, seed: 1 });
  return encode({ kind: "names", name: "", language }, lines(train), lines(heldOut));
}

const lines = (items: readonly string[]): string => items.map((item) => `${item}\n`).join("");

async function loadNovel(): Promise<string> {
  return (await loading(import("virtual:novel"))).default;
}

async function loading<T>(module: Promise<T>): Promise<T> {
  try {
    return await module;
  } catch (error) {
    throw new Refusal("text", "textNotLoaded", error instanceof Error ? error.message : String(error));
  }
}

function ownText(own: OwnText | undefined): OwnText {
  if (own === undefined || own.text === "") {
    throw new Refusal("text", "emptyText", "");
  }
  return own;
}

function encode(
  about: Pick<TextFacts, "kind" | "name" | "language">,
  train: string,
  heldOut: string,
): Corpus {
  const known = vocabulary(train);
  if (known.size < 3) {
    throw new Refusal("text", "oneSymbol", "");
  }
  const ids = { train: known.encode(train), heldOut: known.encode(heldOut) };
  const facts = {
    ...about,
    characters: ids.train.length + ids.heldOut.length,
    symbols: known.size - 1,
    heldOut: ids.heldOut.length,
    excerpt: excerptOf(about.kind === "names" ? train : skipHeading(train)),
  };
  return { facts, vocabulary: known, ...ids };
}

/** A few lines from the beginning. */
function excerptOf(text: string): string {
  return Array.from(text.slice(0, 1000)).slice(0, 420).join("");
}

/** The first chapter's heading says less than its first line. */
function skipHeading(text: string): string {
  return text.replace(/^CHAPTER 1\. .*\n+/, "");
}
