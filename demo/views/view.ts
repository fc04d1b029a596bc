// What every part of the page is drawn from.

import { html, type TemplateResult } from "lit-html";
import type { Actions } from "../actions.js";
import type { LearningCharts } from "../charts/learning.js";
import type { ThroughTimeChart } from "../charts/through_time.js";
import type { Settings, Structure } from "../settings.js";
import { pendingOf, type State } from "../state.js";
import type { Figures, Words } from "../words/index.js";

export interface View {
  readonly state: State;
  readonly words: Words;
  readonly figures: Figures;
  readonly actions: Actions;
  readonly charts: { readonly learning: LearningCharts; readonly time: ThroughTimeChart };
}

/** Whether a setting waits for Reset. */
export const waits = ({ state }: View, key: keyof Structure): boolean =>
  state.network !== undefined && pendingOf(state).includes(key);

/** What the lines of the runs before are called. */
export const keptKeys = ({ state: { kept }, words }: View): TemplateResult[] =>
  kept.map(
    ({ settings }, i) => html`<span class="key kept" data-kept=${i}>${nameOf(settings, words)}</span>`,
  );

/** A network's short name: its cell, its size, and whether it reads both ways. */
export function nameOf({ exercise, cell, hidden, layers, directions }: Settings, words: Words): string {
  const ways = exercise === "languages" && directions === "both" ? " ↔" : "";
  return `${words.cells[cell]} ${hidden}${layers > 1 ? `×${layers}` : ""}${ways}`;
}
