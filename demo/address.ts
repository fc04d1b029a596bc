// The address holds the experiment: a link repeats it on another device too.

import {
  backends,
  cells,
  choices,
  directions,
  exercises,
  isIdle,
  joinLanguages,
  optimizers,
  ranges,
  type Settings,
  splitLanguages,
  type Tongue,
  texts,
  tongues,
} from "./settings.js";
import { latin } from "./text/names.js";

const oneOf =
  <T extends string>(allowed: readonly T[]) =>
  (word: string): T | undefined =>
    allowed.find((value) => value === word);

const wholeOf = (allowed: readonly number[]) => (word: string) =>
  allowed.find((value) => String(value) === word);

const between =
  ({ min, max }: { min: number; max: number }) =>
  (word: string): number | undefined => {
    const value = Number(word);
    return word !== "" && value >= min && value <= max ? value : undefined;
  };

const readers: { readonly [K in keyof Settings]: (word: string) => Settings[K] | undefined } = {
  exercise: oneOf(exercises),
  backend: oneOf(backends),
  text: oneOf(texts),
  language: (word) => (/^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$/.test(word) ? word : undefined),
  languages: readLanguages,
  directions: oneOf(directions),
  cell: oneOf(cells),
  hidden: wholeOf(choices.hidden),
  layers: wholeOf(choices.layers),
  steps: wholeOf(choices.steps),
  batch: wholeOf(choices.batch),
  optimizer: oneOf(optimizers),
  seed: (word) => (/^\d{1,9}$/.test(word) ? Number(word) : undefined),
  lr: between(ranges.lr),
  clip: (word) => (word === "off" ? Number.POSITIVE_INFINITY : between(ranges.clip)(word)),
  temperature: between(ranges.temperature),
  prompt: (word) => word,
  name: (word) => word,
};

/** Two of those offered or more. */
function readLanguages(word: string): string | undefined {
  const codes = splitLanguages(word);
  const isOffered = codes.every((code) => latin.some((offered) => offered === code));
  return isOffered && new Set(codes).size > 1 ? joinLanguages(codes) : undefined;
}

const isSetting = (key: string): key is keyof Settings => Object.hasOwn(readers, key);

/** What an address says: settings that it names and that are allowed, and the language of the page. */
export function readAddress(hash: string): { given: Partial<Settings>; tongue: Tongue | undefined } {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const given: Record<string, unknown> = {};
  for (const [key, word] of words) {
    const value = isSetting(key) ? readers[key](word) : undefined;
    if (value !== undefined) {
      given[key] = value;
    }
  }
  return { given: given as Partial<Settings>, tongue: oneOf(tongues)(words.get("words") ?? "") };
}

/** The other way: an address that repeats the experiment. */
export function writeAddress(settings: Settings, tongue: Tongue | undefined): string {
  const words = new URLSearchParams();
  for (const [key, value] of Object.entries(settings)) {
    if (isSetting(key) && !isIdle(key, settings) && value !== "") {
      words.set(key, value === Number.POSITIVE_INFINITY ? "off" : String(value));
    }
  }
  if (tongue !== undefined) {
    words.set("words", tongue);
  }
  return `#${words}`;
}
