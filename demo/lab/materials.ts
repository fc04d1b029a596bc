// What an exercise reads: a text, or names in several languages. What was read last is read only once.

import type { OwnText } from "../protocol.js";
import type { Settings } from "../settings.js";
import { type Names, readNames } from "./languages/names.js";
import { type Corpus, readCorpus } from "./writing/corpus.js";

export type Source = Pick<Settings, "exercise" | "text" | "language" | "languages"> & {
  readonly own: OwnText | undefined;
  /** At most so many held-out names are measured. */
  readonly most: number;
};

/** What it is, read and encoded. */
export type Read =
  | { readonly exercise: "writing"; readonly corpus: Corpus }
  | { readonly exercise: "languages"; readonly names: Names };

export class Materials {
  #last: { readonly key: string; readonly own: OwnText | undefined; readonly read: Read } | undefined;

  /** Throws Refusal where it cannot be loaded or teaches nothing. */
  async read(source: Source): Promise<Read> {
    const key = keyOf(source);
    const own = source.exercise === "writing" && source.text === "own" ? source.own : undefined;
    if (this.#last?.key !== key || this.#last.own?.text !== own?.text) {
      this.#last = { key, own, read: await readOf(source) };
    }
    return this.#last.read;
  }
}

const keyOf = ({ exercise, text, language, languages, most }: Source): string =>
  exercise === "languages" ? `${languages} ${most}` : text === "names" ? `${text} ${language}` : text;

async function readOf(source: Source): Promise<Read> {
  return source.exercise === "languages"
    ? { exercise: "languages", names: await readNames(source.languages, source.most) }
    : { exercise: "writing", corpus: await readCorpus(source) };
}
