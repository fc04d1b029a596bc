// Asking the worker for networks: what exactly is asked for, and when that is done without being told to.

import type { Request } from "./protocol.js";
import { defaultBatch, type Settings } from "./settings.js";
import { pendingOf, type Store } from "./state.js";

export class Builds {
  readonly #store: Store;
  readonly #send: (request: Request) => void;
  /** The visitor's, for names in a language that nobody chose. */
  readonly #language: string;
  /** Only what was asked for: the device and the text decide the rest. */
  #given: Partial<Settings>;
  #count = 0;

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

  /** A network that has learnt nothing yet follows the settings at once. */
  startIfNothingIsLost(): void {
    const { settings, own, updates } = this.#store.state;
    const isWaitingForText = settings.text === "own" && own === undefined;
    if (updates === 0 && !isWaitingForText && pendingOf(this.#store.state).length > 0) {
      this.start();
    }
  }

  /** A batch that nobody chose follows the text's length. */
  #wanted(): Partial<Settings> {
    const { state } = this.#store;
    const { network, settings, facts, device } = state;
    if (network === undefined || facts === undefined) {
      return this.#given;
    }
    const { batch, steps } = network.settings;
    const usual = defaultBatch(facts.characters - facts.heldOut, steps, device?.power ?? "middle");
    const isOther = pendingOf(state).some((key) => key !== "batch");
    const { batch: _, ...others } = settings;
    return isOther && settings.batch === batch && batch === usual ? others : settings;
  }
}
