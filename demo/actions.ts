// What the visitor does, as changes of the page's state and requests to the worker.

import type { Builds } from "./builds.js";
import { programOf } from "./code.js";
import { openFile } from "./files.js";
import type { FileKind, OwnText, Request } from "./protocol.js";
import { defaultRate, type Settings, structural, type Tongue, writeAddress } from "./settings.js";
import { type State, type Store, unsaved } from "./state.js";
import { wordsOf } from "./words/index.js";

type Send = (request: Request) => void;

export class Actions {
  readonly #store: Store;
  readonly #send: Send;
  readonly #builds: Builds;
  /** Of the page, where one was chosen. */
  #tongue: Tongue | undefined;
  #trainWhenBuilt = false;

  constructor(store: Store, send: Send, builds: Builds, tongue: Tongue | undefined) {
    this.#store = store;
    this.#send = send;
    this.#builds = builds;
    this.#tongue = tongue;
  }

  get #state(): State {
    return this.#store.state;
  }

  /**
   * Changes settings. What acts at once does; what needs a new network waits for Reset if there is one that
   * has learnt.
   */
  set(changes: Partial<Settings>): void {
    const { settings: before, device } = this.#state;
    const power = device?.power ?? "middle";
    const rate = { before: defaultRate(before.optimizer, power), after: 0 };
    rate.after = defaultRate(changes.optimizer ?? before.optimizer, power);
    const follows = before.lr === rate.before && rate.after !== rate.before ? { lr: rate.after } : {};
    const all = { ...follows, ...changes };
    this.#builds.want(all);
    this.#store.change({ settings: { ...before, ...all }, failure: undefined, copied: "no" });
    this.#writeAddress();
    this.#sendControls();
    if (structural.some((key) => key in all)) {
      this.#builds.startIfNothingIsLost();
    }
  }

  #sendControls(): void {
    const { lr, clip, temperature, prompt } = this.#state.settings;
    this.#send({ kind: "control", controls: { lr, clip, temperature, prompt } });
  }

  #writeAddress(): void {
    history.replaceState(null, "", writeAddress(this.#state.settings, this.#tongue));
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
      this.#builds.start();
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
    this.#builds.want(this.#state.settings);
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
    this.#unlessUnsaved("ask", () => this.#builds.start());
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
      this.#unlessUnsaved("askOpen", () => this.#builds.start(opened.bytes));
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
    const backend = "cpu";
    this.#builds.want({ backend });
    this.#store.change({ settings: { ...this.#state.settings, backend } });
    this.#writeAddress();
    this.#builds.start(bytes);
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
