// The left column: what the network reads, what it is, and what changes while it trains.

import languages from "virtual:languages";
import { html, nothing, type TemplateResult } from "lit-html";
import { cells, choices, optimizers, ranges, type Structure, texts } from "../settings.js";
import { pendingOf } from "../state.js";
import { choice, select, slider } from "./controls.js";
import { filePicker } from "./files.js";
import { failureAbout } from "./notices.js";
import { nameOf, type View } from "./view.js";

export function left(view: View): TemplateResult {
  const { state, words } = view;
  return html`<section class="left" aria-label=${words.reads}>
    <h2>${words.reads}</h2>
    ${reads(view)}
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

/** Whether a setting waits for Reset. */
const waits = ({ state }: View, key: keyof Structure): boolean =>
  state.network !== undefined && pendingOf(state).includes(key);

function reads(view: View): TemplateResult {
  const { state, words, figures, actions } = view;
  const { settings, facts } = state;
  return html`${choice({
    id: "text",
    legend: words.text,
    value: settings.text,
    options: texts.map((value) => ({ value, label: words.texts[value] })),
    isPending: waits(view, "text"),
    onChange: (text) => actions.set({ text }),
  })}
  ${
    settings.text === "names"
      ? select({
          id: "language",
          label: words.language,
          value: settings.language,
          options: languages.map(({ code, name }) => ({ value: code, label: name })),
          isPending: waits(view, "language"),
          onChange: (language) => actions.set({ language }),
        })
      : nothing
  }
  ${settings.text === "own" ? own(view) : nothing} ${failureAbout(view, "text")}
  ${
    facts === undefined
      ? nothing
      : html`<pre class="excerpt" id="excerpt" tabindex="0" aria-label=${words.reads}>${facts.excerpt}</pre>
          <p class="quiet">
            ${words.facts(figures.whole(facts.characters), figures.whole(facts.symbols), figures.whole(facts.heldOut))}
            ${words.credits[facts.kind]}
          </p>`
  }`;
}

function own({ state, words, actions }: View): TemplateResult {
  const use = () => {
    const area = document.querySelector<HTMLTextAreaElement>("#own-text");
    actions.readOwn({ name: "", text: area?.value ?? "" });
  };
  return html`<div class="field wide">
    <label for="own-text">${words.ownLabel}</label>
    <textarea id="own-text" rows="5" aria-describedby="own-hint" .value=${state.own?.text.slice(0, 100_000) ?? ""}></textarea>
    <div class="row">
      <button id="own-use" @click=${use}>${words.ownUse}</button>
      ${filePicker("own-file", words.ownFile, "", actions.open.bind(actions))}
    </div>
    <p class="quiet" id="own-hint">${words.ownHint}</p>
  </div>`;
}

function is(view: View): TemplateResult {
  const { state, words, figures, actions } = view;
  const { settings, network } = state;
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
    <p class="quiet">${words.cells[settings.cell]}: ${words.cellNotes[settings.cell]}.</p>
    <div class="fields">
      ${list("hidden", words.hidden)} ${list("layers", words.layers)} ${list("steps", words.steps)}
      ${list("batch", words.batch)}
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
