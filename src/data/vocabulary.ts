// From text to integers and back: one id for each Unicode code point. It counts nothing but characters, so
// that a language model can be trained on any language without a tokenizer.

import { wrong } from "../errors.js";
import type { I32 } from "../weights/tensors.js";

export interface Vocabulary {
  /** How many ids there are: 0 to size - 1. */
  readonly size: number;
  /** The code point of every id; symbols[0] is U+FFFD, which stands for all that was not seen. */
  readonly symbols: readonly string[];
  /** An id for every code point of the text; 0 for one that was not seen. */
  encode(text: string): I32;
  /** The text of ids. Throws ShapeError where an id is none of 0 to size - 1. */
  decode(ids: Iterable<number>): string;
}

/** The replacement character of Unicode. */
const UNSEEN = "\uFFFD";

/**
 * Of Unicode code points, in order of their frequency (those of the same frequency in order of their code
 * points). Id 0 stands for every symbol not seen. The same texts give the same ids everywhere. Weights belong to the
 * ids that they were trained on: what was saved of a vocabulary, { symbols }, gives it again.
 */
export function vocabulary(text: string | Iterable<string> | Pick<Vocabulary, "symbols">): Vocabulary {
  const symbols = typeof text === "object" && "symbols" in text ? text.symbols : symbolsOf(text);
  const idOf = new Map(symbols.map((symbol, id) => [symbol, id]));
  return {
    size: symbols.length,
    symbols,
    encode: (encoded) => Int32Array.from(Array.from(encoded, (symbol) => idOf.get(symbol) ?? 0)),
    decode: (ids) =>
      Array.from(ids, (id) => {
        if (symbols[id] === undefined) {
          throw wrong(
            "vocabulary.decode: an id",
            id,
            `below ${symbols.length}, of the vocabulary that encoded`,
          );
        }
        return symbols[id];
      }).join(""),
  };
}

/** In the order of their ids. */
function symbolsOf(text: string | Iterable<string>): string[] {
  const counts = new Map<string, number>();
  for (const part of typeof text === "string" ? [text] : text) {
    for (const symbol of part) {
      counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
    }
  }
  counts.delete(UNSEEN);
  const seen = [...counts].sort(([a, countA], [b, countB]) => countB - countA || codePoint(a) - codePoint(b));
  return [UNSEEN, ...seen.map(([symbol]) => symbol)];
}

/** Of a string that is one symbol. */
function codePoint(symbol: string): number {
  return symbol.codePointAt(0) ?? 0;
}
