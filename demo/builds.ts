// Asking the worker for networks: what exactly is asked for, and when that is done without being told to.

import { defaultBatch, defaults } from "./defaults.js";
import type { Request } from "./protocol.js";
import type { Exercise, Settings } from "./settings.js";
import { blank, pendingOf, type Store } from "./state.js";

export class Builds {
  readonly #store: Store;
  readonly #send: (request: Request) => void;
  /** The visitor's, for names in a language that nobody chose. */
  readonly #language: string;
  /** Only what was asked for: the device and the text decide the rest. */
  #given: Partial<Settings>;
  #count = 0;
  /** What was asked for of the other exercise, for when the visitor returns to it. */
  readonly #left = new Map<Exercise, Partial<Settings>>();

  constructor(store: Store, send: (request: Request) => void, given: Partial<Settings>, language: string) {
    this.#store = store;
    this.#send = send;
    this.#given = given;
    this.#language = language;
  }

  /** From now on these are asked for. */
  want(settings: Partial<Settings>): void {
    this.#given = { ...this.#given, ...settings };
  }

  /** Builds what is set, from a file if there is one. */
  start(file?: ArrayBuffer): void {
    const { own, settings } = this.#store.state;
    const experiment = { given: this.#wanted(), language: this.#language, own };
    this.#count += 1;
    const id = this.#count;
    this.#store.change({
      building: { id, settings, own, done: 0, of: 0 },
      failure: undefined,
      lost: undefined,
      note: "",
      check: "none",
    });
    this.#send({ kind: "build", id, experiment, ...(file && { file }) });
  }

  /**
   * Turns to the other exercise: to what was set there before, or to its beginning, on this device and with
   * this cell. Nothing is left of the present network.
   */
  turnTo(exercise: Exercise, changes: Partial<Settings>): void {
    const { settings, device } = this.#store.state;
    const { backend, cell, seed } = settings;
    this.#left.set(settings.exercise, { ...this.#given, exercise: settings.exercise });
    this.#given = { cell, seed, ...this.#left.get(exercise), exercise, backend, ...changes };
    const visit = { power: device?.power ?? "middle", language: this.#language };
    this.#store.change({ ...blank, settings: { ...defaults(exercise, visit), ...this.#given } });
    this.start();
  }

  /** A network that has learnt nothing yet follows the settings at once. */
  startIfNothingIsLost(): void {
    const { settings, own, updates } = this.#store.state;
    const isWaitingForText = settings.exercise === "writing" && settings.text === "own" && own === undefined;
    if (updates === 0 && !isWaitingForText && pendingOf(this.#store.state).length > 0) {
      this.start();
    }
  }

  /** A batch that nobody chose follows the text's length. */
  #wanted(): Partial<Settings> {
    const { state } = this.#store;
    const { network, settings, facts, device } = state;
    if (network === undefined || facts === undefined || facts.kind === "languages") {
      return this.#given;
    }
    const { batch, steps } = network.settings;
    const usual = defaultBatch(facts.characters - facts.heldOut, steps, device?.power ?? "middle");
    const isOther = pendingOf(state).some((key) => key !== "batch");
    const { batch: _, ...others } = settings;
    return isOther && settings.batch === batch && batch === usual ? others : settings;
  }
}
