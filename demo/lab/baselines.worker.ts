// What counting achieves on the same material, computed beside the training so that nobody waits for it.

import { naiveBayes } from "../text/naive_bayes.js";
import type { Name } from "../text/names.js";
import { ngramBits } from "../text/ngrams.js";

export type Count =
  | {
      readonly kind: "ngrams";
      readonly train: Int32Array;
      readonly heldOut: Int32Array;
      readonly size: number;
    }
  | {
      readonly kind: "naiveBayes";
      readonly train: readonly Name[];
      readonly heldOut: readonly Name[];
      readonly languages: number;
    };

const longest = 5;

/** As the report of baselines has them. */
function scoresOf(count: Count): number[] {
  if (count.kind === "naiveBayes") {
    const { train, heldOut, languages } = count;
    return [mostFrequent(train, heldOut, languages), naiveBayes(train, heldOut, languages).accuracy];
  }
  const { train, heldOut, size } = count;
  return [Math.log2(size), ...(heldOut.length > 0 ? ngramBits(train, heldOut, size, longest) : [])];
}

/** How often whoever always says the language with the most names is right. */
function mostFrequent(train: readonly Name[], heldOut: readonly Name[], languages: number): number {
  const counts = new Uint32Array(languages);
  for (const { label } of train) {
    counts[label] += 1;
  }
  const guess = counts.indexOf(Math.max(...counts));
  return heldOut.filter(({ label }) => label === guess).length / heldOut.length;
}

addEventListener("message", ({ data }: MessageEvent<Count>) => postMessage(scoresOf(data)));
