// Train and Reset, and the counters: one row on a wide screen, a bar that stays in sight on a narrow one.

import { html, nothing, type TemplateResult } from "lit-html";
import type { View } from "./view.js";

export function bar(view: View): TemplateResult {
  const { state, words, figures, actions } = view;
  const { running, network, updates, updatesPerSecond } = state;
  const charactersPerUpdate = network ? network.settings.batch * network.settings.steps : 0;
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
      ${counter("held-out", words.bitsHeldOut, figures.bits(network?.curve.lastHeldOut), "held-out main")}
      ${counter("training", words.bitsTraining, figures.bits(network?.curve.lastStretch?.bits), "training")}
      ${counter("updates", words.updates, figures.whole(updates))}
      ${counter("rate", words.updatesPerSecond, rate ? figures.compact(rate) : "–")}
      ${counter("characters", words.charactersPerSecond, rate ? figures.compact(rate * charactersPerUpdate) : "–")}
    </dl>
  </div>`;
}

function counter(id: string, label: string, value: string, classes = ""): TemplateResult {
  return html`<div class="counter ${classes}">
    <dt>${label}</dt>
    <dd id=${`count-${id}`}>${value}</dd>
  </div>`;
}

function building({ state: { building, facts }, words, figures, actions }: View) {
  if (building === undefined) {
    return nothing;
  }
  const { done, of } = building;
  const soon = facts === undefined ? words.reading : words.buildingSoon;
  return html`<div class="building" role="status">
    <span>${of > 0 ? words.building(figures.whole(done), figures.whole(of)) : soon}</span>
    ${
      of > 0
        ? html`<progress max=${of} .value=${done} aria-label=${words.buildingSoon}></progress>`
        : html`<progress aria-label=${words.buildingSoon}></progress>`
    }
    <button id="give-up" @click=${() => actions.giveUp()}>${words.giveUp}</button>
  </div>`;
}
