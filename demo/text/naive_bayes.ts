// What counting achieves at telling languages apart: naive Bayes over pairs of letters. It is the line that the
// page's second exercise and its bench measure a network by.

import type { Name } from "./names.js";

/** Beside a name: where it begins and where it ends. */
const edge = "\n";

/** Additive smoothing is one of these: tuning tries them all. */
const smoothings = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];

/** How often each pair of letters was seen, by language. */
interface Counts {
  readonly pairs: ReadonlyMap<string, Float64Array>;
  /** Pairs of each language. */
  readonly totals: Float64Array;
  /** Names of each language. */
  readonly names: Float64Array;
}

/**
 * The share of held-out names whose language naive Bayes tells: argmax of log p(language) + Σ log p(pair |
 * language) over the pairs of letters of a name, its edges among them; p(pair | language) = (times + s) /
 * (pairs of the language + s · different pairs). The smoothing s is that which tells most of a tenth of the
 * training names, counted without them.
 */
export function naiveBayes(
  train: readonly Name[],
  heldOut: readonly Name[],
  languages: number,
): { readonly accuracy: number; readonly smoothing: number } {
  const apart = count(
    train.filter((_, k) => k % 10 !== 0),
    languages,
  );
  const tuning = train.filter((_, k) => k % 10 === 0);
  const tried = smoothings.map((smoothing) => share(apart, tuning, smoothing));
  const smoothing = smoothings[tried.indexOf(Math.max(...tried))];
  return { accuracy: share(count(train, languages), heldOut, smoothing), smoothing };
}

function count(train: readonly Name[], languages: number): Counts {
  const pairs = new Map<string, Float64Array>();
  const totals = new Float64Array(languages);
  const names = new Float64Array(languages);
  for (const { text, label } of train) {
    names[label] += 1;
    for (const pair of pairsOf(text)) {
      let times = pairs.get(pair);
      if (times === undefined) {
        times = new Float64Array(languages);
        pairs.set(pair, times);
      }
      times[label] += 1;
      totals[label] += 1;
    }
  }
  return { pairs, totals, names };
}

/** The share of names that are told right. */
function share({ pairs, totals, names }: Counts, told: readonly Name[], smoothing: number): number {
  const unseen = new Float64Array(totals.length);
  let right = 0;
  for (const { text, label } of told) {
    const scores = names.map(Math.log);
    for (const pair of pairsOf(text)) {
      const times = pairs.get(pair) ?? unseen;
      for (let l = 0; l < scores.length; l += 1) {
        scores[l] += Math.log((times[l] + smoothing) / (totals[l] + smoothing * pairs.size));
      }
    }
    if (scores.indexOf(Math.max(...scores)) === label) {
      right += 1;
    }
  }
  return told.length > 0 ? right / told.length : 0;
}

/** Every two symbols beside each other, from edge to edge. */
function pairsOf(text: string): string[] {
  const symbols = [edge, ...text, edge];
  return symbols.slice(1).map((symbol, k) => symbols[k] + symbol);
}
