// Train and Reset, and the counters: one row on a wide screen, a bar that stays in sight on a narrow one.

import { html, nothing, type TemplateResult } from "lit-html";
import type { Settings } from "../settings.js";
import type { View } from "./view.js";

export function bar(view: View): TemplateResult {
  const { state, words, figures, actions } = view;
  const { running, network, updates, updatesPerSecond, settings } = state;
  const { exercise } = settings;
  const own = words[exercise];
  const read = network ? readPerUpdate(network.settings) : 0;
  const measure = network?.curve.lastMeasure;
  // of a text every update says how good it is
  const training = exercise === "writing" ? network?.curve.lastStretch?.bits : measure?.training;
  const rate = running ? updatesPerSecond : 0;
  return html`<div class="bar" role="region" aria-label=${words.learns}>
    <button
      id="train"
      class="primary"
      aria-keyshortcuts="Space"
      title=${words.spaceHint}
      @click=${() => actions.toggle()}
    >
      ${running ? words.pause : words.train}
    </button>
    <button id="reset" @click=${() => actions.reset()}>${words.reset}</button>
    ${building(view)}
    <dl class="counters">
      ${counter("held-out", own.heldOut, figures.score(exercise, measure?.heldOut), "held-out main")}
      ${counter("training", own.training, figures.score(exercise, training), "training")}
      ${counter("updates", words.updates, figures.whole(updates))}
      ${counter("rate", words.updatesPerSecond, rate ? figures.compact(rate) : "–")}
      ${counter("read", own.perSecond, rate ? figures.compact(rate * read) : "–")}
    </dl>
  </div>`;
}

/** Characters, or names. */
const readPerUpdate = ({ exercise, batch, steps }: Settings): number =>
  exercise === "writing" ? batch * steps : batch;

function counter(id: string, label: string, value: string, classes = ""): TemplateResult {
  return html`<div class="counter ${classes}">
    <dt>${label}</dt>
    <dd id=${`count-${id}`}>${value}</dd>
  </div>`;
}

function building({ state: { building, facts, settings }, words, figures, actions }: View) {
  if (building === undefined) {
    return nothing;
  }
  const { done, of } = building;
  const soon = facts === undefined ? words[settings.exercise].reading : words.buildingSoon;
  return html`<div class="building">
    <span role="status">${of > 0 ? words.building(figures.whole(done), figures.whole(of)) : soon}</span>
    ${
      of > 0
        ? html`<progress max=${of} .value=${done} aria-label=${words.buildingSoon}></progress>`
        : html`<progress aria-label=${words.buildingSoon}></progress>`
    }
    <button id="give-up" @click=${() => actions.giveUp()}>${words.giveUp}</button>
  </div>`;
}
