// What went wrong, where one looks for it; and the question before something unsaved is forgotten.

import { html, nothing, type TemplateResult } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import type { Failure } from "../protocol.js";
import { unsaved } from "../state.js";
import type { View } from "./view.js";

/** A failure that belongs here, in words; below it, small, what the library said. */
export function failureAbout(view: View, ...about: Failure["about"][]) {
  const { failure } = view.state;
  return failure && about.includes(failure.about) ? failureNote(view, failure) : nothing;
}

function failureNote({ words, figures, actions }: View, failure: Failure): TemplateResult {
  const numbers = Object.fromEntries(
    Object.entries(failure.numbers).map(([name, value]) => [name, figures.whole(value)]),
  );
  return html`<div class="note failure" role="alert" id="failure" ${ref(intoView)}>
    <p>${words.trouble[failure.trouble](numbers)}</p>
    ${failure.detail ? html`<p class="quiet" lang="en">${failure.detail}</p>` : nothing}
    <button @click=${() => actions.dismiss()}>${words.dismiss}</button>
  </div>`;
}

/** It may have been caused elsewhere: by a file that was dropped. */
function intoView(note: Element | undefined): void {
  requestAnimationFrame(() => note?.scrollIntoView({ block: "nearest" }));
}

/** The device is gone: what can be gone on with. */
export function lostNote({ state: { lost }, words, figures, actions }: View) {
  if (lost === undefined) {
    return nothing;
  }
  const { rescue } = lost;
  return html`<div class="note failure" role="alert" id="lost">
    <p>${words.lost} ${words.trouble.deviceLost()}</p>
    <p class="quiet" lang="en">${lost.detail}</p>
    ${
      rescue
        ? html`<button @click=${() => actions.goOn(rescue.bytes.buffer)}>${words.goOn(figures.whole(rescue.update))}</button>`
        : nothing
    }
  </div>`;
}

/** Updates that were left out. */
export function skippedNote({ state: { skipped }, words, figures }: View) {
  return skipped > 0
    ? html`<p class="note failure" role="status" id="skipped">${words.skipped(figures.whole(skipped))}</p>`
    : nothing;
}

/** Always in the page; `askIfNeeded` opens and closes it. */
export function question({ state, words, figures, actions }: View): TemplateResult {
  const kind = state.question?.kind ?? "ask";
  return html`<dialog id="question" aria-labelledby="question-title" @cancel=${() => actions.answer("cancel")}>
    <h2 id="question-title">${words.askTitle}</h2>
    <p>${words[kind](figures.whole(unsaved(state)))}</p>
    <div class="row">
      <button class="primary" id="ask-save" @click=${() => actions.answer("save")}>${words.askSave}</button>
      <button id="ask-forget" @click=${() => actions.answer("forget")}>${words.askForget}</button>
      <button id="ask-cancel" @click=${() => actions.answer("cancel")}>${words.askCancel}</button>
    </div>
  </dialog>`;
}

/** Opens the question over the page while there is one: a dialog is modal only by a call. */
export function askIfNeeded({ state }: View, root: HTMLElement): void {
  const dialog = root.querySelector<HTMLDialogElement>("#question");
  if (state.question && !dialog?.open) {
    dialog?.showModal();
  } else if (!state.question && dialog?.open) {
    dialog.close();
  }
}
