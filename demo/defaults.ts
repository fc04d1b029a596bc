// How an experiment begins: as large a network as the device carries well, for either exercise.

import {
  choices,
  type Exercise,
  joinLanguages,
  type OptimizerName,
  type Settings,
  type Structure,
} from "./settings.js";

/** How much a device carries: a GPU; a CPU with SIMD; plain loops, or a GPU that is itself a program. */
export type Power = "high" | "middle" | "low";

/** Who asks: what the device carries, and the visitor's language, if there are names in it. */
export interface Visit {
  readonly power: Power;
  readonly language: string;
}

type Sizes = Pick<Structure, "hidden" | "steps" | "batch">;

/** What passes the counted baselines within half a minute. */
const sizes: { readonly [E in Exercise]: { readonly [P in Power]: Sizes } } = {
  writing: {
    high: { hidden: 256, steps: 64, batch: 32 },
    middle: { hidden: 128, steps: 64, batch: 32 },
    low: { hidden: 64, steps: 32, batch: 16 },
  },
  languages: {
    high: { hidden: 64, steps: 32, batch: 64 },
    middle: { hidden: 64, steps: 32, batch: 64 },
    low: { hidden: 32, steps: 32, batch: 16 },
  },
};

/** A learning rate that an optimizer begins well with. */
export function defaultRate(exercise: Exercise, optimizer: OptimizerName, power: Power): number {
  if (optimizer === "sgd") {
    return exercise === "writing" ? 0.5 : 0.1;
  }
  if (exercise === "languages") {
    return 6e-3;
  }
  return power === "high" ? 2e-3 : 1e-2;
}

/** A rate that is the old optimizer's usual one becomes the new one's. */
export function followingRate(
  { exercise, optimizer, lr }: Settings,
  next: OptimizerName | undefined,
  power: Power,
): Partial<Settings> {
  const isUsual = lr === defaultRate(exercise, optimizer, power);
  return next !== undefined && isUsual ? { lr: defaultRate(exercise, next, power) } : {};
}

/** As many sequences as leave at least 16 windows of the text, at most what the device carries well. */
export function defaultBatch(characters: number, steps: number, power: Power): number {
  const most = sizes.writing[power].batch;
  const fitting = choices.batch.filter((batch) => batch <= most && batch * steps * 16 <= characters);
  return fitting.at(-1) ?? 1;
}

/** Ticked at first: enough like each other to be mistaken, and the visitor's own among them. */
const handful = ["en", "de", "fr", "es", "it", "fi"];

/** What a visitor begins with. */
export function defaults(exercise: Exercise, { power, language }: Visit): Settings {
  return {
    exercise,
    backend: "auto",
    text: "novel",
    language,
    languages: joinLanguages([...handful, language]),
    directions: "both",
    cell: "lstm",
    ...sizes[exercise][power],
    layers: 1,
    optimizer: "adam",
    seed: 1,
    lr: defaultRate(exercise, "adam", power),
    clip: 5,
    temperature: 0.8,
    prompt: "",
    name: "",
  };
}
