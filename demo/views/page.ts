// The whole page, drawn anew from its state: what did not change is left alone.

import { html, nothing, render } from "lit-html";
import { bar } from "./bar.js";
import { head } from "./head.js";
import { hood } from "./hood.js";
import { confuses } from "./languages/confuses.js";
import { thinks } from "./languages/thinks.js";
import { left } from "./left.js";
import { middle, showLearning } from "./middle.js";
import { askIfNeeded, question } from "./notices.js";
import { showTime, time } from "./time.js";
import type { View } from "./view.js";
import { writes } from "./writing/writes.js";

export function drawPage(view: View, root: HTMLElement): void {
  const { state, words } = view;
  const isWriting = state.settings.exercise === "writing";
  const right = isWriting ? writes(view) : thinks(view);
  // in one column what Train sets in motion comes first
  const columns = state.narrow ? [middle(view), right, left(view)] : [left(view), middle(view), right];
  render(
    html`${head(view)}
      <main class=${state.dropping ? "dropping" : ""} data-drop=${words.drop}>
        ${bar(view)}
        <div class="columns">${columns}</div>
        ${isWriting ? nothing : confuses(view)} ${time(view)} ${hood(view)}
      </main>
      ${question(view)}
      <p class="unseen" aria-live="polite" id="said">${state.said}</p>`,
    root,
  );
  showLearning(view);
  showTime(view);
  askIfNeeded(view, root);
}
