// The settings of an experiment: what they are, what they may be, how they begin, and how they live in the
// address. A link holds them all, so it repeats the experiment on another device too.

export const texts = ["novel", "names", "own"] as const;
export const cells = ["rnn", "lstm", "gru"] as const;
export const optimizers = ["adam", "adamw", "sgd"] as const;
export const backends = ["auto", "webgpu", "cpu"] as const;
export const tongues = ["en", "ko"] as const;

export type TextKind = (typeof texts)[number];
export type CellName = (typeof cells)[number];
export type OptimizerName = (typeof optimizers)[number];
export type BackendChoice = (typeof backends)[number];
export type Tongue = (typeof tongues)[number];

/** How much a device carries: a GPU; a CPU with SIMD; plain loops, or a GPU that is itself a program. */
export type Power = "high" | "middle" | "low";

/** What a new model needs: these change only by building one. */
export interface Structure {
  readonly backend: BackendChoice;
  readonly text: TextKind;
  /** Of the names: a code of CLDR. */
  readonly language: string;
  readonly cell: CellName;
  readonly hidden: number;
  readonly layers: number;
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: OptimizerName;
  readonly seed: number;
}

/** What changes while it trains. */
export interface Live {
  readonly lr: number;
  /** The longest gradient; Infinity is no clipping. */
  readonly clip: number;
  readonly temperature: number;
}

export interface Settings extends Structure, Live {
  /** What the samples begin with; empty is a new line. */
  readonly prompt: string;
}

export const choices = {
  hidden: [16, 32, 64, 128, 256, 512],
  layers: [1, 2, 3],
  steps: [8, 16, 32, 64, 128, 256],
  batch: [1, 2, 4, 8, 16, 32, 64, 128],
} as const;

export const ranges = {
  lr: { min: 1e-4, max: 1 },
  clip: { min: 0.01, max: 100 },
  temperature: { min: 0.1, max: 2 },
} as const;

/** Changing one of these needs a new model. */
export const structural = [
  "backend",
  "text",
  "language",
  "cell",
  "hidden",
  "layers",
  "steps",
  "batch",
  "optimizer",
  "seed",
] as const satisfies readonly (keyof Structure)[];

/** Those of them in which two settings differ. A language counts only where the text is of names. */
export function differences(a: Settings, b: Settings): (keyof Structure)[] {
  return structural.filter((key) => {
    const isIdle = key === "language" && a.text !== "names" && b.text !== "names";
    return a[key] !== b[key] && !isIdle;
  });
}

/** The width of the embedding: half of the hidden units, at most 64. */
export const embeddingSize = (hidden: number): number => Math.min(64, hidden / 2);

/** The sizes that a device begins with: it passes the bigrams within half a minute. */
const sizes: { readonly [P in Power]: Pick<Structure, "hidden" | "steps" | "batch"> } = {
  high: { hidden: 256, steps: 64, batch: 32 },
  middle: { hidden: 128, steps: 64, batch: 32 },
  low: { hidden: 64, steps: 32, batch: 16 },
};

/** A learning rate that an optimizer begins well with. */
export function defaultRate(optimizer: OptimizerName, power: Power): number {
  if (optimizer === "sgd") {
    return 0.5;
  }
  return power === "high" ? 2e-3 : 1e-2;
}

/** As many sequences as leave at least 16 windows of the text, at most what the device carries well. */
export function defaultBatch(characters: number, steps: number, power: Power): number {
  const most = sizes[power].batch;
  const fitting = choices.batch.filter((batch) => batch <= most && batch * steps * 16 <= characters);
  return fitting.at(-1) ?? 1;
}

/** What a visitor begins with: as large a network as the device carries well. */
export function defaults(power: Power, language: string): Settings {
  return {
    backend: "auto",
    text: "novel",
    language,
    cell: "lstm",
    ...sizes[power],
    layers: 1,
    optimizer: "adam",
    seed: 1,
    lr: defaultRate("adam", power),
    clip: 5,
    temperature: 0.8,
    prompt: "",
  };
}

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
  backend: oneOf(backends),
  text: oneOf(texts),
  language: (word) => (/^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$/.test(word) ? word : undefined),
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
};

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
    const isIdle = (key === "language" && settings.text !== "names") || value === "";
    if (!isIdle) {
      words.set(key, value === Number.POSITIVE_INFINITY ? "off" : String(value));
    }
  }
  if (tongue !== undefined) {
    words.set("words", tongue);
  }
  return `#${words}`;
}
