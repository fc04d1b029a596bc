// Names in several languages as the network reads them: loaded, what they share left out, split into what is
// learnt from and what is held out, and encoded.

import { split, vocabulary } from "webrnn";
import type { NamesFacts } from "../../protocol.js";
import { splitLanguages } from "../../settings.js";
import { type Name, namesOf } from "../../text/names.js";
import { loadPhrases } from "../phrases.js";
import type { Material } from "../run.js";

/** A name as the network takes it. */
export interface Item extends Name {
  readonly ids: Int32Array;
}

export interface Names extends Material {
  readonly facts: NamesFacts;
  readonly languages: readonly string[];
  readonly train: readonly Item[];
  /** Of the held-out names, evenly those that are measured. */
  readonly heldOut: readonly Item[];
  /** A third as many of those learnt from. */
  readonly learnt: readonly Item[];
}

const heldOutShare = 0.1;
const exampleCount = 6;

/** Reads the names of languages. Throws Refusal where they cannot be loaded. */
export async function readNames(joined: string, most: number): Promise<Names> {
  const languages = splitLanguages(joined);
  const all = namesOf(await Promise.all(languages.map(loadPhrases)));
  const { train, heldOut } = split(all, { heldOut: heldOutShare, seed: 1 });
  const known = vocabulary(train.map(({ text }) => text));
  const encoded = (names: readonly Name[]): Item[] =>
    names.map((name) => ({ ...name, ids: known.encode(name.text) }));
  const measured = evenly(heldOut, most);
  return {
    languages,
    facts: {
      kind: "languages",
      languages: joined,
      counts: languages.map((_, label) => train.filter((name) => name.label === label).length),
      names: all.length,
      symbols: known.size - 1,
      heldOut: heldOut.length,
      examples: examplesOf(heldOut, languages.length),
    },
    vocabulary: known,
    count: { kind: "naiveBayes", train, heldOut: measured, languages: languages.length },
    train: encoded(train),
    heldOut: encoded(measured),
    learnt: encoded(evenly(train, Math.ceil(most / 3))),
  };
}

/** At most so many of them, as far apart as that allows. */
export function evenly<T>(items: readonly T[], most: number): T[] {
  const count = Math.min(items.length, most);
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]);
}

/** Single words of some letters, one a language, from the middle of its names. */
function examplesOf(heldOut: readonly Name[], languages: number): Name[] {
  const labels = evenly(
    Array.from({ length: languages }, (_, label) => label),
    exampleCount,
  );
  return labels.flatMap((label) => {
    const words = heldOut.filter((name) => name.label === label && /^\p{L}{6,11}$/u.test(name.text));
    return words.length > 0 ? [words[Math.floor(words.length / 2)]] : [];
  });
}
