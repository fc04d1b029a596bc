// From what was asked for to a network that stands: settings are completed by the device and the text, the
// text is read, the network built. Nothing of the present network is touched.

import type { Controls, Request } from "../protocol.js";
import { defaultBatch, defaultRate, defaults, type Settings } from "../settings.js";
import type { Corpus, Texts } from "./corpus.js";
import { type Chosen, chooseBackend } from "./device.js";
import { type Contents, checkSymbols, read } from "./file.js";
import { Run } from "./run.js";

export type Build = Extract<Request, { kind: "build" }>;

export interface Workshop {
  /** The device in use, which is kept where it is the one that was asked for. */
  readonly present: Chosen | undefined;
  readonly texts: Texts;
  readonly controls: Controls;
  readonly onDevice: (chosen: Chosen) => unknown;
  readonly onText: (corpus: Corpus) => unknown;
  readonly onProgress: (done: number, of: number) => void;
  readonly signal: AbortSignal;
}

export interface Made {
  readonly run: Run;
  readonly chosen: Chosen;
  /** From a file. */
  readonly loaded: boolean;
}

/** Characters of held-out text that are measured each time. */
const measured = { high: 32_768, middle: 8_192, low: 4_096 };

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
  { texts, controls, onText, onProgress, signal }: Workshop,
): Promise<Run> {
  const basics = { ...defaults(power, language), ...wanted };
  const corpus = await texts.read({ text: basics.text, language: basics.language, own });
  onText(corpus);
  if (file) {
    checkSymbols(file, corpus);
  }
  signal.throwIfAborted();
  const settings = {
    ...basics,
    batch: wanted.batch ?? defaultBatch(corpus.train.length, basics.steps, power),
    lr: wanted.lr ?? defaultRate(basics.optimizer, power),
  };
  return Run.build({
    backend,
    settings,
    corpus,
    file,
    controls,
    measured: measured[power],
    onProgress,
    signal,
  });
}

/** The device is the visitor's choice, not the file's. */
function settingsOf(file: Contents | undefined): Partial<Settings> {
  const { backend: _, ...settings } = file?.page?.settings ?? {};
  return settings;
}
