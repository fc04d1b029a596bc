// How well a network tells languages apart, against what counting achieves: in words, and as lines of the chart.

import type { LabelledLine } from "../../charts/plot.js";
import type { View } from "../view.js";

/** What the share of held-out names means: which way of counting is already beaten. */
export function namesStanding({ state: { network, baselines, updates }, words: all, figures }: View): string {
  const { start, worse, chance, beaten } = all.languages.standing;
  const share = network?.curve.lastMeasure?.heldOut;
  if (share === undefined || updates === 0 || baselines.length === 0) {
    return start;
  }
  const [commonest, bayes] = baselines;
  const now = figures.share(share);
  if (share <= commonest) {
    return worse(now, figures.share(commonest));
  }
  return (share > bayes ? beaten : chance)(now, figures.share(bayes));
}

/** The dashed lines, from high to low; the words of the high one stand where the curves are still low. */
export function namesLines({ state: { baselines }, words, figures }: View): LabelledLine[] {
  const sides = ["right", "left"] as const;
  return baselines
    .map((at, i) => ({ at, label: `${words.languages.baselines[i]} ${figures.share(at)}`, side: sides[i] }))
    .reverse();
}
