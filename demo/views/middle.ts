// The middle: the course of learning, as a sentence and as two charts over the same updates.

import { html, type TemplateResult } from "lit-html";
import { keep } from "./files.js";
import { failureAbout, lostNote, skippedNote } from "./notices.js";
import { nameOf, type View } from "./view.js";

export function middle(view: View): TemplateResult {
  const { state, words, figures, charts } = view;
  const { network } = state;
  return html`<section class="middle" aria-label=${words.learning}>
    <h2>${words.learning}</h2>
    ${lostNote(view)} ${failureAbout(view, "model", "device")} ${skippedNote(view)}
    <p id="standing">${network ? standing(view) : words.emptyChart}</p>
    <div class="chart-head">
      <h3>${words.bitsTitle}</h3>
      <p class="legend">
        <span class="key training">${words.legendTraining}</span>
        <span class="key held-out">${words.legendHeldOut}</span>
      </p>
    </div>
    ${charts.learning.bits.element}
    <p class="quiet">
      ${words.bitsHelp} ${network && network.measured > 0 ? words.measured(figures.whole(network.measured)) : ""}
    </p>
    <div class="chart-head">
      <h3>${words.normTitle}</h3>
      <p class="legend"><span class="key clipped">${words.clipped}</span></p>
    </div>
    ${charts.learning.norm.element} ${keep(view)}
  </section>`;
}

/** What the held-out bits mean, in words: which way of counting is already beaten. */
function standing({ state: { network, baselines, updates }, words, figures }: View): string {
  const bits = network?.curve.lastHeldOut;
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
function baselineLines({ state: { network, baselines }, words, figures }: View) {
  const bits = network?.curve.lastHeldOut ?? Number.POSITIVE_INFINITY;
  return baselines
    .filter((_, i) => i < 4 || bits < baselines[i - 1])
    .map((line, i) => ({ bits: line, label: `${words.baselines[i]} ${figures.bits(line)}` }));
}

/** Gives the charts what they show. */
export function showLearning(view: View): void {
  const { state, words, figures, charts } = view;
  const { network, kept, settings, updates } = state;
  if (network === undefined) {
    return;
  }
  const { curve } = network;
  const last = curve.lastStretch;
  const clip = Number.isFinite(settings.clip) ? figures.short(settings.clip) : words.clipOff;
  charts.learning.show({
    curve,
    kept: kept.map((run) => ({ ...run, name: nameOf(run.settings, words) })),
    baselines: baselineLines(view),
    clip: settings.clip,
    clipLabel: `${words.clipLine} ${clip}`,
    labels: {
      bits: words.chartBits(
        figures.bits(last?.bits),
        figures.bits(curve.lastHeldOut),
        figures.whole(updates),
      ),
      norm: words.chartNorm(last ? figures.short(last.norm) : "–", clip),
    },
  });
}
