// Asking before something is forgotten that no file holds.

import type { FileKind } from "./protocol.js";
import { type Question, type Store, unsaved } from "./state.js";

export type Answer = "save" | "forget" | "cancel";

/** What an answer may lead to. */
interface Deeds {
  pause(): void;
  train(): void;
  save(what: FileKind): void;
}

export class Questions {
  readonly #store: Store;
  readonly #deeds: Deeds;

  constructor(store: Store, deeds: Deeds) {
    this.#store = store;
    this.#deeds = deeds;
  }

  /** Goes at once where nothing is forgotten; else when the visitor has said so. */
  unlessUnsaved(kind: Question["kind"], go: () => void): void {
    const { state } = this.#store;
    if (unsaved(state) === 0) {
      go();
      return;
    }
    const wasRunning = state.running;
    this.#deeds.pause();
    this.#store.change({ question: { kind, go, wasRunning } });
  }

  answer(choice: Answer): void {
    const { question } = this.#store.state;
    this.#store.change({ question: undefined });
    if (choice === "save") {
      this.#deeds.save("checkpoint");
    }
    if (choice !== "cancel") {
      question?.go();
    } else if (question?.wasRunning) {
      this.#deeds.train();
    }
  }
}
