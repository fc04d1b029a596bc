// What one click tries: settings under which one sees what recurrence is known for.

import { type CellName, cells, type Exercise, type Settings } from "./settings.js";

export type Trial = Partial<Omit<Settings, "exercise">>;

/** The same network with another cell. */
export const cellTrials: readonly { readonly cell: CellName }[] = cells.map((cell) => ({ cell }));

/** An RNN whose steps are so long that its gradient soon is a hundred times as long as at first. */
const violent: Trial = {
  cell: "rnn",
  hidden: 128,
  layers: 1,
  steps: 64,
  batch: 8,
  optimizer: "sgd",
  lr: 1,
};

type Violence = "explode" | "hold";

/** The same without clipping and with it, where an exercise has such settings. */
export const clipTrials: { readonly [E in Exercise]: { readonly [V in Violence]?: Trial } } = {
  writing: {
    explode: { ...violent, clip: Number.POSITIVE_INFINITY },
    hold: { ...violent, clip: 0.1 },
  },
  languages: {},
};
