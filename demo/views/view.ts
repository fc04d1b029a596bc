// What every part of the page is drawn from.

import type { Actions } from "../actions.js";
import type { LearningCharts } from "../charts/learning.js";
import type { ThroughTimeChart } from "../charts/through_time.js";
import type { Settings } from "../settings.js";
import type { State } from "../state.js";
import type { Figures, Words } from "../words/index.js";

export interface View {
  readonly state: State;
  readonly words: Words;
  readonly figures: Figures;
  readonly actions: Actions;
  readonly charts: { readonly learning: LearningCharts; readonly time: ThroughTimeChart };
}

/** A network's short name: its cell and its size. */
export const nameOf = ({ cell, hidden, layers }: Settings, words: Words): string =>
  `${words.cells[cell]} ${hidden}${layers > 1 ? `×${layers}` : ""}`;
