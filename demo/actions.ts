// What the visitor does, as changes of the page's state and requests to the worker.

import { writeAddress } from "./address.js";
import type { Builds } from "./builds.js";
import { programOf } from "./code/program.js";
import { followingRate } from "./defaults.js";
import type { Trial } from "./experiments.js";
import { openFile } from "./files.js";
import type { FileKind, OwnText, Request } from "./protocol.js";
import { type Answer, Questions } from "./questions.js";
import { titleOf } from "./receive.js";
import { type Exercise, type Settings, structural, type Tongue } from "./settings.js";
import type { State, Store } from "./state.js";
import { wordsOf } from "./words/index.js";

type Send = (request: Request) => void;

export class Actions {
  readonly #store: Store;
  readonly #send: Send;
  readonly #builds: Builds;
  /** Of the page, where one was chosen. */
  #tongue: Tongue | undefined;
  #trainWhenBuilt = false;
  readonly #questions: Questions;

  constructor(store: Store, send: Send, builds: Builds, tongue: Tongue | undefined) {
    this.#store = store;
    this.#send = send;
    this.#builds = builds;
    this.#tongue = tongue;
    this.#questions = new Questions(store, this);
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
    if (changes.exercise !== undefined && changes.exercise !== before.exercise) {
      this.turnTo(changes.exercise, changes);
      return;
    }
    const all = { ...followingRate(before, changes.optimizer, device?.power ?? "middle"), ...changes };
    this.#builds.want(all);
    this.#store.change({ settings: { ...before, ...all }, failure: undefined, copied: "no" });
    this.#writeAddress();
    this.#sendControls();
    if (structural.some((key) => key in all)) {
      this.#builds.startIfNothingIsLost();
    }
  }

  /** Turns to the other exercise; asks first where that forgets something. */
  turnTo(exercise: Exercise, changes: Partial<Settings> = {}): void {
    this.#questions.unlessUnsaved("askTurn", () => {
      this.pause();
      this.#builds.turnTo(exercise, changes);
      document.title = wordsOf(this.#state.tongue)[exercise].title;
      this.#writeAddress();
      this.#sendControls();
    });
  }

  #sendControls(): void {
    const { lr, clip, temperature, prompt, name } = this.#state.settings;
    this.#send({ kind: "control", controls: { lr, clip, temperature, prompt, name } });
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
    this.#questions.unlessUnsaved("ask", () => this.#builds.start());
  }

  /** Trains a new network with these settings; asks first where that forgets something. */
  attempt(trial: Trial): void {
    this.#questions.unlessUnsaved("ask", () => {
      this.set(trial); // builds where nothing has been learnt
      if (this.#state.updates > 0) {
        this.#builds.start();
      }
      this.train();
    });
  }

  answer(choice: Answer): void {
    this.#questions.answer(choice);
    if (choice === "cancel") {
      this.#writeAddress(); // it may have asked for the other exercise
    }
  }

  /** Asks the network to write, or for the language of the name. */
  show(): void {
    this.#sendControls();
    this.#send({ kind: "show" });
  }

  /** A name, as far as it is typed. */
  ask(name: string): void {
    this.set({ name });
    this.#send({ kind: "show" });
  }

  save(what: FileKind): void {
    this.#send({ kind: "save", what });
  }

  async open(file: File): Promise<void> {
    const opened = await openFile(file);
    if (opened.kind === "weights") {
      this.#questions.unlessUnsaved("askOpen", () => this.#builds.start(opened.bytes));
    } else if (opened.kind === "text") {
      this.readOwn({ name: file.name, text: opened.text });
    } else {
      const failure = { about: "file", trouble: "notAFile", detail: file.name, numbers: {} } as const;
      this.#store.change({ failure });
    }
  }

  readOwn(own: OwnText): void {
    this.#store.change({ own: own.text === "" ? undefined : own });
    this.set({ exercise: "writing", text: "own" });
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

  measure(): void {
    this.#store.change({ speeds: [], isMeasuring: true });
    this.#send({ kind: "measure" });
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
    document.title = titleOf(this.#state);
    this.#writeAddress();
  }

  dismiss(): void {
    this.#store.change({ failure: undefined, note: "" });
  }
}
