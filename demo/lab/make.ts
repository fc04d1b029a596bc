// From what was asked for to a network that stands: settings are completed by the device and the text, what is
// to be read is read, the network built. Nothing of the present network is touched.

import { defaultBatch, defaultRate, defaults, type Power } from "../defaults.js";
import type { Controls, Request } from "../protocol.js";
import type { Exercise, Settings } from "../settings.js";
import { type Chosen, chooseBackend } from "./device.js";
import { type Contents, checkSymbols, read } from "./file.js";
import { LanguagesRun } from "./languages/run.js";
import type { Materials, Read } from "./materials.js";
import type { Making, Material, Run } from "./run.js";
import { WritingRun } from "./writing/run.js";

export type Build = Extract<Request, { kind: "build" }>;

export interface Workshop {
  /** The device in use, which is kept where it is the one that was asked for. */
  readonly present: Chosen | undefined;
  readonly materials: Materials;
  readonly controls: Controls;
  readonly onDevice: (chosen: Chosen) => unknown;
  readonly onMaterial: (material: Material) => unknown;
  readonly onProgress: (done: number, of: number) => void;
  readonly signal: AbortSignal;
}

export interface Made {
  readonly run: Run;
  readonly chosen: Chosen;
  /** From a file. */
  readonly loaded: boolean;
}

/** Held-out characters, or names, that are measured each time. */
const measured: { readonly [E in Exercise]: { readonly [P in Power]: number } } = {
  writing: { high: 32_768, middle: 8_192, low: 4_096 },
  languages: { high: 8_192, middle: 1_536, low: 512 },
};

/** Rejects with the signal's reason where it is given up, and where it fails leaves nothing behind. */
export async function make({ experiment, file: bytes }: Build, workshop: Workshop): Promise<Made> {
  const { present, onDevice, signal } = workshop;
  signal.throwIfAborted();
  const file = bytes && read(bytes);
  const wanted: Partial<Settings> = { ...experiment.given, ...settingsOf(file) };
  const choice = wanted.backend ?? "auto";
  const chosen = present?.choice === choice ? present : await chooseBackend(choice);
  try {
    onDevice(chosen);
    const run = await makeRun(wanted, experiment, file, chosen, workshop);
    return { run, chosen, loaded: file !== undefined };
  } catch (error) {
    if (chosen !== present) {
      chosen.backend.dispose();
    }
    throw error;
  }
}

async function makeRun(
  wanted: Partial<Settings>,
  { language, own }: Build["experiment"],
  file: Contents | undefined,
  { backend, device: { power } }: Chosen,
  { materials, controls, onMaterial, onProgress, signal }: Workshop,
): Promise<Run> {
  const exercise = wanted.exercise ?? "writing";
  const most = measured[exercise][power];
  const basics = { ...defaults(exercise, { power, language }), ...wanted };
  const read = await materials.read({ ...basics, own, most });
  const material = read.exercise === "writing" ? read.corpus : read.names;
  onMaterial(material);
  if (file) {
    checkSymbols(file, material);
  }
  signal.throwIfAborted();
  const settings = {
    ...basics,
    batch: wanted.batch ?? batchOf(read, basics, power),
    lr: wanted.lr ?? defaultRate(exercise, basics.optimizer, power),
  };
  const making: Making = { backend, settings, file, controls, most, onProgress, signal };
  return read.exercise === "writing"
    ? WritingRun.build(making, read.corpus)
    : LanguagesRun.build(making, read.names);
}

/** Where none is asked for: a text's follows its length. */
function batchOf(read: Read, { steps, batch }: Settings, power: Power): number {
  return read.exercise === "writing" ? defaultBatch(read.corpus.train.length, steps, power) : batch;
}

/** The device is the visitor's choice, not the file's; a file that names no exercise is of writing. */
function settingsOf(file: Contents | undefined): Partial<Settings> {
  if (file?.page === undefined) {
    return {};
  }
  const { backend: _, ...settings } = file.page.settings;
  return { exercise: "writing", ...settings };
}
