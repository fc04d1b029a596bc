// The middle: the course of learning, as a sentence and as charts over the same updates.

import { html, nothing, type TemplateResult } from "lit-html";
import { clipTrials } from "../experiments.js";
import { keep } from "./files.js";
import { namesLines, namesStanding } from "./languages/standing.js";
import { failureAbout, lostNote, skippedNote } from "./notices.js";
import { trials } from "./trials.js";
import { keptKeys, type View } from "./view.js";
import { textLines, textStanding } from "./writing/standing.js";

export function middle(view: View): TemplateResult {
  const { state, words, figures, charts } = view;
  const { network, settings } = state;
  const { exercise } = settings;
  const own = words[exercise];
  const standing = exercise === "writing" ? textStanding : namesStanding;
  const measured = network && network.measured > 0 ? own.measured(figures.whole(network.measured)) : "";
  return html`<section class="middle" aria-label=${words.learning}>
    <h2>${words.learning}</h2>
    ${lostNote(view)} ${failureAbout(view, "model", "device")} ${skippedNote(view)}
    <p id="standing">${network ? standing(view) : own.emptyChart}</p>
    <div class="chart-head">
      <h3>${own.scoreTitle}</h3>
      <p class="legend">
        <span class="key training">${words.legendTraining}</span>
        <span class="key held-out">${words.legendHeldOut}</span>
        ${keptKeys(view)}
      </p>
    </div>
    ${charts.learning.score.element}
    <p class="quiet" id="score-help">${own.scoreHelp} ${measured}</p>
    ${exercise === "languages" ? html`<h3>${words.languages.lossTitle}</h3>${charts.learning.loss.element}` : nothing}
    <div class="chart-head">
      <h3>${words.normTitle}</h3>
      <p class="legend"><span class="key clipped">${words.clipped}</span></p>
    </div>
    ${charts.learning.norm.element}
    <p class="quiet">${words.normHelp}</p>
    ${clipping(view)} ${keep(view)}
  </section>`;
}

/** A gradient that explodes and one that is held, where the exercise shows that well. */
function clipping(view: View) {
  const { words, state } = view;
  const { explode, hold } = clipTrials[state.settings.exercise];
  return explode && hold
    ? trials(view, words.clipTrials, [
        { id: "explode", label: words.explode, trial: explode },
        { id: "hold", label: words.hold, trial: hold },
      ])
    : nothing;
}

/** Gives the charts what they show. */
export function showLearning(view: View): void {
  const { state, words, figures, charts } = view;
  const { network, kept, settings, updates } = state;
  const { exercise } = settings;
  const isShare = exercise === "languages";
  if (network === undefined) {
    charts.learning.clear();
    return;
  }
  const { curve } = network;
  const last = curve.lastStretch;
  const { heldOut, training = last?.bits } = curve.lastMeasure ?? {};
  const score = (value: number | undefined) => figures.score(exercise, value);
  const clip = Number.isFinite(settings.clip) ? figures.short(settings.clip) : words.clipOff;
  charts.learning.show({
    curve,
    kept,
    isShare,
    baselines: isShare ? namesLines(view) : textLines(view),
    clip: settings.clip,
    clipLabel: `${words.clipLine} ${clip}`,
    labels: {
      updates: words.updates,
      score: words[exercise].chartScore(score(training), score(heldOut), figures.whole(updates)),
      loss: words.languages.chartLoss(figures.bits(last?.bits)),
      norm: words.chartNorm(last ? figures.short(last.norm) : "–", clip),
    },
  });
}
