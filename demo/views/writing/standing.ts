// How well a network writes, against what counting achieves: in words, and as lines of the chart.

import type { View } from "../view.js";

/** What the held-out bits mean: which way of counting is already beaten. */
export function textStanding({ state: { network, baselines, updates }, words: all, figures }: View): string {
  const words = all.writing;
  const bits = network?.curve.lastMeasure?.heldOut;
  if (bits === undefined || updates === 0 || baselines.length === 0) {
    return words.standing.start;
  }
  const beaten = baselines.filter((line) => bits < line).length;
  const now = figures.bits(bits);
  const line = figures.bits(baselines[beaten - 1]);
  const { worse, chance, frequencies, bigram, trigram, beyond } = words.standing;
  const sentences = [() => worse(now), chance, frequencies, bigram, trigram];
  return sentences[beaten]?.(now, line) ?? beyond(now, String(beaten - 1), line);
}

/** The dashed lines: chance to trigram always, a longer n-gram once the one before is beaten. */
export function textLines({ state: { network, baselines }, words, figures }: View) {
  const bits = network?.curve.lastMeasure?.heldOut ?? Number.POSITIVE_INFINITY;
  return baselines
    .filter((_, i) => i < 4 || bits < baselines[i - 1])
    .map((at, i) => ({ at, label: `${words.writing.baselines[i]} ${figures.bits(at)}` }));
}
