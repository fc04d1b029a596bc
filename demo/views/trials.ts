// What one click tries: a row of buttons, each of which trains a new network.

import { html, type TemplateResult } from "lit-html";
import type { Trial } from "../experiments.js";
import type { View } from "./view.js";

interface NamedTrial {
  readonly id: string;
  readonly label: string;
  readonly trial: Trial;
}

export function trials({ actions }: View, legend: string, all: readonly NamedTrial[]): TemplateResult {
  return html`<div class="row trials" role="group" aria-label=${legend}>
    <span class="quiet">${legend}</span>
    ${all.map(
      ({ id, label, trial }) =>
        html`<button id=${`try-${id}`} @click=${() => actions.attempt(trial)}>${label}</button>`,
    )}
  </div>`;
}
