// What a network that writes reads: the novel, names in a language, or a text of one's own.

import languages from "virtual:languages";
import { html, nothing, type TemplateResult } from "lit-html";
import { texts } from "../../settings.js";
import { choice, select } from "../controls.js";
import { filePicker } from "../files.js";
import { failureAbout } from "../notices.js";
import { type View, waits } from "../view.js";

export function readsText(view: View): TemplateResult {
  const { state, words: all, actions } = view;
  const words = all.writing;
  const { settings } = state;
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
  ${settings.text === "own" ? own(view) : nothing} ${failureAbout(view, "text")} ${whatIsRead(view)}`;
}

/** Its first lines, and how much it is; their place is kept while it is loaded. */
function whatIsRead({ state: { facts, building }, words: all, figures }: View) {
  const words = all.writing;
  if (facts === undefined || facts.kind === "languages") {
    return building === undefined ? nothing : html`<pre class="excerpt">${words.reading}</pre>`;
  }
  const { characters, symbols, heldOut, excerpt, kind } = facts;
  return html`<pre class="excerpt" id="excerpt" tabindex="0" aria-label=${words.reads}>${excerpt}</pre>
    <p class="quiet">
      ${words.facts(figures.whole(characters), figures.whole(symbols), figures.whole(heldOut))}
      ${words.credits[kind]}
    </p>`;
}

function own({ state, words: all, actions }: View): TemplateResult {
  const words = all.writing;
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
