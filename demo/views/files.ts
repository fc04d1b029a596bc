// Keeping what was learnt: saving it to a file and opening one again.

import { html, nothing, type TemplateResult } from "lit-html";
import { failureAbout } from "./notices.js";
import type { View } from "./view.js";

export function keep(view: View): TemplateResult {
  const { state, words, actions } = view;
  const isEmpty = state.network === undefined;
  return html`<h3>${words.keep}</h3>
    <div class="row">
      <button id="save-weights" ?disabled=${isEmpty} @click=${() => actions.save("weights")}>${words.saveWeights}</button>
      <button id="save-checkpoint" ?disabled=${isEmpty} @click=${() => actions.save("checkpoint")}>
        ${words.saveCheckpoint}
      </button>
      ${filePicker("open", words.open, ".safetensors,.txt,text/*", actions.open.bind(actions))}
    </div>
    ${failureAbout(view, "file")}
    ${state.note ? html`<p class="note" role="status" id="note">${state.note}</p>` : nothing}
    <p class="quiet">${words.keepHint}</p>`;
}

/** A button that asks for a file. */
export function filePicker(
  id: string,
  label: string,
  accept: string,
  open: (file: File) => void,
): TemplateResult {
  const pick = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    input.value = "";
    if (file) {
      open(file);
    }
  };
  return html`<label class="button" for=${id}>${label}
    <input id=${id} type="file" accept=${accept} class="unseen" @change=${pick} />
  </label>`;
}
