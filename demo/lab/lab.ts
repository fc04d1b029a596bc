// The laboratory behind the page: it chooses the device, reads the text, builds networks and keeps the present one,
// which it trains, saves and checks as the page asks. It talks in reports and knows nothing of the page's looks.

import type { Controls, FileKind, OwnText, Report, Request } from "../protocol.js";
import { defaultBatch, defaultRate, defaults, type Settings } from "../settings.js";
import { Baselines } from "./baselines.js";
import { type Corpus, readCorpus } from "./corpus.js";
import { type Chosen, chooseBackend } from "./device.js";
import { type Contents, checkSymbols, read, write } from "./file.js";
import { failureOf } from "./refusal.js";
import { Run } from "./run.js";
import { Training } from "./training.js";
import { queue } from "./turns.js";

type Build = Extract<Request, { kind: "build" }>;

export class Lab {
  readonly #report: (report: Report, transfer?: Transferable[]) => void;
  readonly #turn = queue();
  readonly #baselines: Baselines;
  /** One object for all networks: the optimizer reads its fields at every update. */
  readonly #controls: Controls = { lr: 0, clip: 0, temperature: 1, prompt: "" };
  #chosen: (Chosen & { readonly choice: Settings["backend"] }) | undefined;
  #corpus: { readonly corpus: Corpus; readonly key: string; readonly own: OwnText | undefined } | undefined;
  /** The one that the page shows. */
  #shown: Corpus | undefined;
  #training: Training | undefined;
  #building: AbortController | undefined;
  /** The latest checkpoint of a device that may be lost. */
  #rescue: { readonly update: number; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;

  constructor(report: (report: Report, transfer?: Transferable[]) => void) {
    this.#report = report;
    this.#baselines = new Baselines((bits) => report({ kind: "baselines", bits }));
  }

  /** Builds a network, and only when that has succeeded puts it in the place of the present one. */
  async build(request: Build): Promise<void> {
    const { id } = request;
    this.#building?.abort();
    const building = new AbortController();
    this.#building = building;
    try {
      await this.#turn(() => this.#buildNow(request, building.signal));
      await this.#turn(async () => this.#training?.look());
    } catch (error) {
      if (building.signal.aborted) {
        this.#report({ kind: "gaveUp", id });
      } else {
        this.#report({ kind: "failed", failure: failureOf(error, request.file ? "file" : "model"), id });
      }
    }
  }

  giveUp(): void {
    this.#building?.abort();
  }

  async #buildNow(request: Build, signal: AbortSignal): Promise<void> {
    const { id, experiment } = request;
    const { given, language, own } = experiment;
    signal.throwIfAborted();
    const file = request.file && read(request.file);
    const wanted: Partial<Settings> = { ...given, ...settingsOf(file) };
    const { backend, device } = await this.#backend(wanted.backend ?? "auto");
    const basics = { ...defaults(device.hardware, language), ...wanted };
    const corpus = await this.#read(basics, own);
    const settings = {
      ...basics,
      batch: wanted.batch ?? defaultBatch(corpus.train.length, basics.steps, device.hardware),
      lr: wanted.lr ?? defaultRate(basics.optimizer, device.hardware),
    };
    if (file) {
      checkSymbols(file, corpus);
    }
    signal.throwIfAborted();
    const run = await Run.build({
      backend,
      settings,
      corpus,
      file,
      controls: this.#controls,
      measured: device.hardware ? 32_768 : 4_096,
      onProgress: (done, of) => this.#report({ kind: "building", id, done, of }),
      signal,
    });
    this.#replace(run, { id, mayBeLost: device.kind === "webgpu", loaded: file !== undefined });
  }

  #replace(run: Run, about: { id: number; mayBeLost: boolean; loaded: boolean }): void {
    const { id, mayBeLost, loaded } = about;
    const { corpus } = run;
    if (this.#shown !== corpus) {
      this.#shown = corpus;
      this.#report({ kind: "text", facts: corpus.facts });
      this.#baselines.count(corpus);
    }
    this.#forgetTraining();
    const rescue = mayBeLost ? () => this.#keepForRescue(run) : undefined;
    this.#training = new Training(run, this.#controls, this.#turn, this.#report, rescue);
    this.control(run.settings);
    this.#report({
      kind: "built",
      id,
      settings: run.settings,
      updates: run.updates,
      loaded,
      parameters: run.parameters,
      measured: run.measured,
      plan: run.plan,
      costs: run.costs,
    });
  }

  #forgetTraining(): void {
    this.#training?.stop();
    this.#training?.run.dispose();
    this.#training = undefined;
    this.#rescue = undefined;
  }

  async #backend(choice: Settings["backend"]): Promise<Chosen> {
    if (this.#chosen?.choice === choice) {
      return this.#chosen;
    }
    const chosen = { ...(await chooseBackend(choice)), choice };
    this.#forgetTraining();
    this.#chosen?.backend.dispose();
    this.#chosen = chosen;
    this.#report({ kind: "device", device: chosen.device });
    void chosen.backend.lost.then((error) => {
      if (this.#chosen === chosen) {
        this.#chosen = undefined;
        this.#report({ kind: "lost", detail: error.message, rescue: this.#rescue });
        this.#forgetTraining();
      }
    });
    return chosen;
  }

  async #read(source: Settings, own: OwnText | undefined): Promise<Corpus> {
    const key = `${source.text} ${source.text === "names" ? source.language : ""}`;
    const isKept = this.#corpus?.key === key && (source.text !== "own" || isSame(this.#corpus.own, own));
    if (this.#corpus === undefined || !isKept) {
      const corpus = await readCorpus({ text: source.text, language: source.language, own });
      this.#corpus = { corpus, key, own };
    }
    return this.#corpus.corpus;
  }

  control({ lr, clip, temperature, prompt }: Controls): void {
    Object.assign(this.#controls, { lr, clip, temperature, prompt });
  }

  /** Trains until it is paused, then looks at what has become of the network. */
  async train(): Promise<void> {
    const training = this.#training;
    try {
      await training?.train();
      await this.#turn(async () => {
        if (training === this.#training) {
          await training?.look();
        }
      });
    } catch (error) {
      this.#fail(error, "model");
    }
  }

  pause(): void {
    this.#training?.stop();
  }

  async write(): Promise<void> {
    await this.#attempt("model", (training) => training.write());
  }

  async save(what: FileKind): Promise<void> {
    await this.#attempt("file", async ({ run }) => {
      const update = run.updates;
      const bytes = await write(what, run, this.#controls);
      this.#report({ kind: "saved", what, update, bytes }, [bytes.buffer]);
    });
  }

  async #keepForRescue(run: Run): Promise<void> {
    const update = run.updates;
    this.#rescue = { update, bytes: await write("checkpoint", run, this.#controls) };
  }

  /** Every kernel of this kind of network against the float64 reference. */
  async check(): Promise<void> {
    await this.#attempt("check", async ({ run }) =>
      this.#report({ kind: "checked", rows: await run.check() }),
    );
  }

  async #attempt(
    about: "model" | "file" | "check",
    task: (training: Training) => Promise<void>,
  ): Promise<void> {
    try {
      await this.#turn(async () => {
        if (this.#training) {
          await task(this.#training);
        }
      });
    } catch (error) {
      this.#fail(error, about);
    }
  }

  /** A lost device is reported once, when it is lost, not by everything that fails of it. */
  #fail(error: unknown, about: "model" | "file" | "check"): void {
    const failure = failureOf(error, about);
    if (failure.trouble !== "deviceLost" || this.#chosen !== undefined) {
      this.#report({ kind: "failed", failure });
    }
  }
}

const isSame = (a: OwnText | undefined, b: OwnText | undefined): boolean => a?.text === b?.text;

/** The device is the visitor's choice, not the file's. */
function settingsOf(file: Contents | undefined): Partial<Settings> {
  const { backend: _, ...settings } = file?.page?.settings ?? {};
  return settings;
}
