// The page's texts for benches and tests in node: the novel and the names of things, each parted into what is
// learnt from and what is held out.

import { readNovel, readPhrases } from "../../demo/text/plugin.js";
import { split } from "../../src/data/split.js";

export interface Text {
  readonly title: string;
  readonly train: string;
  readonly heldOut: string;
}

/** Moby-Dick: the last tenth is held out. */
export function novel(): Text {
  const text = readNovel();
  const cut = Math.floor(text.length * 0.9);
  return { title: "Moby-Dick", train: text.slice(0, cut), heldOut: text.slice(cut) };
}

/** Names of things in one language ("ko", "en"), one a line: a random tenth of them is held out. */
export function names(code: string): Text {
  const { train, heldOut } = split(readPhrases(code), { heldOut: 0.1, seed: 1 });
  const lines = (phrases: readonly string[]) => `${phrases.join("\n")}\n`;
  return { title: `names of things, ${code}`, train: lines(train), heldOut: lines(heldOut) };
}
