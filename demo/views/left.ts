// The left column: what the network reads, what it is, and what changes while it trains.

import { html, nothing, type TemplateResult } from "lit-html";
import { type CellName, cells, choices, directions, optimizers, ranges } from "../settings.js";
import { pendingOf } from "../state.js";
import { choice, select, slider } from "./controls.js";
import { readsNames } from "./languages/reads.js";
import { nameOf, type View, waits } from "./view.js";
import { readsText } from "./writing/reads.js";

/** What becomes of the state at each step: where it is multiplied, the gradient is too on its way back. */
const equations: { readonly [C in CellName]: string } = {
  rnn: "hₜ = tanh(W xₜ + R hₜ₋₁ + b)",
  lstm: "cₜ = f ⊙ cₜ₋₁ + i ⊙ g\nhₜ = o ⊙ tanh cₜ",
  gru: "hₜ = z ⊙ hₜ₋₁ + (1 − z) ⊙ n",
};

export function left(view: View): TemplateResult {
  const { state, words } = view;
  const { exercise } = state.settings;
  const { reads } = words[exercise];
  return html`<section class="left" aria-label=${reads}>
    <h2>${reads}</h2>
    ${exercise === "writing" ? readsText(view) : readsNames(view)}
    <details class="settings" ?open=${!state.narrow}>
      <summary>${words.settings}: ${nameOf(state.settings, words)}</summary>
      <div>
        <h2>${words.is}</h2>
        ${is(view)}
        <h2>${words.learns}</h2>
        ${learns(view)}
      </div>
    </details>
  </section>`;
}

function is(view: View): TemplateResult {
  const { state, words, figures, actions } = view;
  const { settings, network } = state;
  const own = words[settings.exercise];
  const list = (key: keyof typeof choices, label: string) =>
    select({
      id: key,
      label,
      value: settings[key],
      options: choices[key].map((value) => ({ value, label: String(value) })),
      isPending: waits(view, key),
      onChange: (value) => actions.set({ [key]: value }),
    });
  return html`${choice({
    id: "cell",
    legend: words.cell,
    value: settings.cell,
    options: cells.map((value) => ({ value, label: words.cells[value] })),
    isPending: waits(view, "cell"),
    onChange: (cell) => actions.set({ cell }),
  })}
    <p class="quiet">
      ${words.cells[settings.cell]}: ${words.cellNotes[settings.cell]}.
      <span class="equation">${equations[settings.cell]}</span>
    </p>
    ${settings.exercise === "languages" ? direction(view) : nothing}
    <div class="fields">
      ${list("hidden", words.hidden)} ${list("layers", words.layers)} ${list("steps", own.steps)}
      ${list("batch", own.batch)}
      ${select({
        id: "optimizer",
        label: words.optimizer,
        value: settings.optimizer,
        options: optimizers.map((value) => ({ value, label: words.optimizers[value] })),
        isPending: waits(view, "optimizer"),
        onChange: (optimizer) => actions.set({ optimizer }),
      })}
      ${seed(view)}
    </div>
    ${network ? html`<p class="quiet">${words.parameters(figures.whole(network.parameters))}</p>` : nothing}
    ${pendingNote(view)}`;
}

function direction(view: View): TemplateResult {
  const { state, words: all, actions } = view;
  const words = all.languages;
  const value = state.settings.directions;
  return html`${choice({
    id: "directions",
    legend: words.directions,
    value,
    options: directions.map((way) => ({ value: way, label: words.directionNames[way] })),
    isPending: waits(view, "directions"),
    onChange: (way) => actions.set({ directions: way }),
  })}
    <p class="quiet">${words.directionNotes[value]}.</p>`;
}

function seed(view: View): TemplateResult {
  const { state, words, actions } = view;
  const change = (event: Event) => {
    const value = Math.round(Number((event.currentTarget as HTMLInputElement).value));
    actions.set({ seed: Math.min(Math.max(value, 0), 999_999_999) });
  };
  return html`<div class="field ${waits(view, "seed") ? "pending" : ""}">
    <label for="seed">${words.seed}</label>
    <input id="seed" type="number" min="0" max="999999999" step="1" .value=${String(state.settings.seed)} @change=${change} />
  </div>`;
}

/** Says what waits for Reset, and offers it. */
function pendingNote({ state, words, actions }: View) {
  const pending = state.network === undefined ? [] : pendingOf(state);
  if (pending.length === 0 || state.building !== undefined) {
    return nothing;
  }
  const names = pending.map((key) => words.structureNames[key]).join(", ");
  return html`<div class="note" id="pending" role="status">
    <p>${words.pending(names)}</p>
    <button @click=${() => actions.reset()}>${words.reset}</button>
  </div>`;
}

function learns({ state: { settings }, words, figures, actions }: View): TemplateResult {
  return html`${slider({
    id: "lr",
    label: words.lr,
    value: settings.lr,
    text: figures.short(settings.lr),
    ...ranges.lr,
    scale: "log",
    onInput: (lr) => actions.set({ lr }),
  })}
  ${slider({
    id: "clip",
    label: words.clip,
    value: settings.clip,
    text: Number.isFinite(settings.clip) ? figures.short(settings.clip) : words.clipOff,
    ...ranges.clip,
    scale: "log",
    endless: true,
    onInput: (clip) => actions.set({ clip }),
  })}
    <p class="quiet">${words.atOnce}</p>`;
}
