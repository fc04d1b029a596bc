// What the visitor does, as changes of the page's state and requests to the worker.

import { programOf } from "./code.js";
import { openFile } from "./files.js";
import type { FileKind, OwnText, Request } from "./protocol.js";
import {
  defaultBatch,
  defaultRate,
  type Settings,
  structural,
  type Tongue,
  writeAddress,
} from "./settings.js";
import { pendingOf, type State, type Store, unsaved } from "./state.js";
import { wordsOf } from "./words/index.js";

type Send = (request: Request, transfer?: Transferable[]) => void;

export class Actions {
  readonly #store: Store;
  readonly #send: Send;
  /** The visitor's, for names in a language that nobody chose. */
  readonly #language: string;
  /** Only what was asked for: the device and the text decide the rest. */
  #given: Partial<Settings>;
  #tongue: Tongue | undefined;
  #trainWhenBuilt = false;
  #builds = 0;

  constructor(
    store: Store,
    send: Send,
    start: { given: Partial<Settings>; tongue: Tongue | undefined; language: string },
  ) {
    this.#store = store;
    this.#send = send;
    this.#given = start.given;
    this.#tongue = start.tongue;
    this.#language = start.language;
  }

  get #state(): State {
    return this.#store.state;
  }

  /** Changes settings. What acts at once does; what needs a new network waits for Reset if there is one that has learnt. */
  set(changes: Partial<Settings>): void {
    const { settings: before, device } = this.#state;
    const hardware = device?.hardware ?? false;
    const rate = { before: defaultRate(before.optimizer, hardware), after: 0 };
    rate.after = defaultRate(changes.optimizer ?? before.optimizer, hardware);
    const follows = before.lr === rate.before && rate.after !== rate.before ? { lr: rate.after } : {};
    const all = { ...follows, ...changes };
    this.#given = { ...this.#given, ...all };
    this.#store.change({ settings: { ...before, ...all }, failure: undefined, copied: "no" });
    this.#writeAddress();
    this.#sendControls();
    if (structural.some((key) => key in all)) {
      this.#buildIfNothingIsLost();
    }
  }

  #sendControls(): void {
    const { lr, clip, temperature, prompt } = this.#state.settings;
    this.#send({ kind: "control", controls: { lr, clip, temperature, prompt } });
  }

  #writeAddress(): void {
    history.replaceState(null, "", writeAddress(this.#state.settings, this.#tongue));
  }

  #buildIfNothingIsLost(): void {
    const { settings, own, updates } = this.#state;
    const isWaitingForText = settings.text === "own" && own === undefined;
    if (updates === 0 && !isWaitingForText && pendingOf(this.#state).length > 0) {
      this.build();
    }
  }

  /** Builds what is set, from a file if there is one. */
  build(file?: ArrayBuffer): void {
    const { own, settings } = this.#state;
    const experiment = { given: this.#wanted(), language: this.#language, own };
    this.#builds += 1;
    const id = this.#builds;
    this.#store.change({
      building: { id, settings, own, done: 0, of: 0 },
      failure: undefined,
      lost: undefined,
      note: "",
      check: "none",
    });
    this.#send({ kind: "build", id, experiment, ...(file && { file }) });
  }

  /** A batch that nobody chose follows the text's length. */
  #wanted(): Partial<Settings> {
    const { network, settings, facts, device } = this.#state;
    if (network === undefined || facts === undefined) {
      return this.#given;
    }
    const { batch, steps } = network.settings;
    const trained = facts.characters - facts.heldOut;
    const usual = defaultBatch(trained, steps, device?.hardware ?? false);
    const isOther = pendingOf(this.#state).some((key) => key !== "batch");
    const { batch: _, ...others } = settings;
    return isOther && settings.batch === batch && batch === usual ? others : settings;
  }

  giveUp(): void {
    this.#send({ kind: "giveUp" });
  }

  train(): void {
    const { network, building } = this.#state;
    if (network !== undefined && building === undefined) {
      this.#writeAddress();
      this.#sendControls();
      this.#send({ kind: "train" });
      return;
    }
    this.#trainWhenBuilt = true;
    if (building === undefined) {
      this.build();
    }
  }

  pause(): void {
    this.#send({ kind: "pause" });
  }

  toggle(): void {
    if (this.#state.running) {
      this.pause();
    } else {
      this.train();
    }
  }

  /** The worker has built: goes on to what was asked for in the meantime. */
  built(): void {
    if (this.#state.building !== undefined) {
      return; // another one is on its way
    }
    this.#given = this.#state.settings;
    this.#sendControls();
    if (location.hash.includes("batch=")) {
      this.#writeAddress(); // it may be another batch now
    }
    if (this.#trainWhenBuilt) {
      this.#trainWhenBuilt = false;
      this.train();
    }
  }

  /** Nothing was built: nothing waits for it any more. */
  notBuilt(): void {
    this.#trainWhenBuilt &&= this.#state.building !== undefined;
  }

  reset(): void {
    this.#unlessUnsaved("ask", () => this.build());
  }

  #unlessUnsaved(question: "ask" | "askOpen", go: () => void): void {
    if (unsaved(this.#state) === 0) {
      go();
      return;
    }
    const wasRunning = this.#state.running;
    this.pause();
    this.#store.change({ question: { kind: question, go, wasRunning } });
  }

  answer(choice: "save" | "forget" | "cancel"): void {
    const { question } = this.#state;
    this.#store.change({ question: undefined });
    if (choice === "save") {
      this.save("checkpoint");
    }
    if (choice !== "cancel") {
      question?.go();
    } else if (question?.wasRunning) {
      this.train();
    }
  }

  write(): void {
    this.#sendControls();
    this.#send({ kind: "write" });
  }

  save(what: FileKind): void {
    this.#send({ kind: "save", what });
  }

  async open(file: File): Promise<void> {
    const opened = await openFile(file);
    if (opened.kind === "weights") {
      this.#unlessUnsaved("askOpen", () => this.build(opened.bytes));
    } else if (opened.kind === "text") {
      this.readOwn({ name: file.name, text: opened.text });
    } else {
      const failure = { about: "file", trouble: "notAFile", detail: file.name, numbers: {} } as const;
      this.#store.change({ failure });
    }
  }

  readOwn(own: OwnText): void {
    this.#store.change({ own: own.text === "" ? undefined : own });
    this.set({ text: "own" });
  }

  /** After the device was lost: the last checkpoint, on the CPU. */
  goOn(bytes: ArrayBuffer): void {
    this.set({ backend: "cpu" });
    this.build(bytes);
  }

  check(): void {
    this.#store.change({ check: "running" });
    this.#send({ kind: "check" });
  }

  async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(programOf(this.#state.settings));
      this.#store.change({ copied: "yes" });
    } catch {
      this.#store.change({ copied: "failed" });
    }
  }

  speak(tongue: Tongue): void {
    this.#tongue = tongue;
    document.documentElement.lang = wordsOf(tongue).code;
    this.#store.change({ tongue });
    this.#writeAddress();
  }

  dismiss(): void {
    this.#store.change({ failure: undefined, note: "" });
  }
}
