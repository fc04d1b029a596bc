// The text as the network reads it: loaded, checked, cut into what is learnt from and what is held out, and
// encoded.

import { split, vocabulary } from "webrnn";
import type { OwnText, TextFacts } from "../../protocol.js";
import type { Settings } from "../../settings.js";
import { loading, loadPhrases } from "../phrases.js";
import { Refusal } from "../refusal.js";
import type { Material } from "../run.js";

const heldOutShare = 0.1;

export interface Corpus extends Material {
  readonly facts: TextFacts;
  readonly train: Int32Array<ArrayBuffer>;
  readonly heldOut: Int32Array<ArrayBuffer>;
}

/** Which text. */
export type TextSource = Pick<Settings, "text" | "language"> & { readonly own: OwnText | undefined };

/** Reads a text. Throws Refusal where it cannot be loaded or teaches nothing. */
export async function readCorpus(source: TextSource): Promise<Corpus> {
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
  const { train, heldOut } = split(await loadPhrases(language), { heldOut: heldOutShare, seed: 1 });
  return encode({ kind: "names", name: "", language }, lines(train), lines(heldOut));
}

const lines = (items: readonly string[]): string => items.map((item) => `${item}\n`).join("");

async function loadNovel(): Promise<string> {
  return (await loading(import("virtual:novel"))).default;
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
  const count = { kind: "ngrams", ...ids, size: known.size } as const;
  return { facts, vocabulary: known, count, ...ids };
}

/** A few lines from the beginning. */
function excerptOf(text: string): string {
  return Array.from(text.slice(0, 1000)).slice(0, 420).join("");
}

/** The first chapter's heading says less than its first line. */
function skipHeading(text: string): string {
  return text.replace(/^CHAPTER 1\. .*\n+/, "");
}
