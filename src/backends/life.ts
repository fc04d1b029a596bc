// How long a machine, a runnable or a memory lives, floor 4: until it is disposed, lost or poisoned. With it
// end what lives within it and what it has made, and whoever waits on it is told why: one reason for what was
// pending and for every later call.

import { DisposedError } from "../errors.js";

/** Says why something is no more, as the error of a call named `where`. */
export type Why = (where: string) => Error;

export function disposed(what: string): Why {
  return (where) => new DisposedError(`${where}: this ${what} was disposed; make another.`);
}

export class Life {
  readonly #atEnd = new Set<(why: Why) => void>();
  #why: Why | undefined;

  /** within: lives that this one cannot outlast, as a runnable its machine and the memory that it shares. */
  constructor(...within: readonly Life[]) {
    for (const life of within) {
      const leave = life.atEnd((why) => this.end(why));
      this.atEnd(leave);
    }
  }

  get ended(): boolean {
    return this.#why !== undefined;
  }

  /** Throws the reason if this has ended. */
  ensure(where: string): void {
    if (this.#why) {
      throw this.#why(where);
    }
  }

  /** Ends it: the first reason stays. */
  end(why: Why): void {
    if (this.#why) {
      return;
    }
    this.#why = why;
    for (const act of this.#atEnd) {
      act(why);
    }
    this.#atEnd.clear();
  }

  /** Calls `act` when this ends, or now if it has. Returns how to take that back. */
  atEnd(act: (why: Why) => void): () => void {
    if (this.#why) {
      act(this.#why);
    } else {
      this.#atEnd.add(act);
    }
    return () => {
      this.#atEnd.delete(act);
    };
  }

  /**
   * Settles as the promise does, unless this ends first: then rejects with the reason. (Promise.race with one
   * promise that lives as long as the machine would keep every call's result alive as long.)
   */
  wait<T>(where: string, promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const forget = this.atEnd((why) => reject(why(where)));
      promise.then(resolve, reject).finally(forget);
    });
  }
}
