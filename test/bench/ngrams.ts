// Prints the held-out bits per character of n-grams, n = 1 to 5, for every text of the page that the benches
// use: what a network must beat. The novel's must be the 4.44, 3.48, 2.83, 2.35, 2.15 that the page was
// planned with.

import { ngramBits } from "../../demo/text/ngrams.js";
import { vocabulary } from "../../src/data/vocabulary.js";
import { names, novel, type Text } from "./texts.js";

/** Of a text: bits[n - 1] for n = 1 to `longest`. */
export function baselines({ train, heldOut }: Text, longest = 5): number[] {
  const symbols = vocabulary(train);
  return ngramBits(symbols.encode(train), symbols.encode(heldOut), symbols.size, longest);
}

/** One line a text. */
export function main(): void {
  for (const text of [novel(), names("ko"), names("en")]) {
    const start = performance.now();
    const bits = baselines(text).map((value) => value.toFixed(2));
    const seconds = (performance.now() - start) / 1000;
    console.log(`${text.title}: ${bits.join(" ")} bits per character (${seconds.toFixed(1)} s)`);
  }
}
