// How long a machine, a runnable or a memory lives, floor 4: until it is disposed, lost or poisoned. Whoever waits on it then
// is told why, with one reason for what was pending and for every later call.

import { DisposedError } from "../errors.js";

/** Says why something is no more, as the error of a call named `where`. */
export type Why = (where: string) => Error;

export function disposed(what: string): Why {
  return (where) => new DisposedError(`${where}: this ${what} was disposed; make another.`);
}

export class Life {
  readonly #within: Life | undefined;
  readonly #waiting = new Set<() => void>();
  #why: Why | undefined;

  /** within: a life that this one cannot outlast, as a runnable its machine. */
  constructor(within?: Life) {
    this.#within = within;
  }

  get ended(): boolean {
    return this.#why !== undefined || (this.#within?.ended ?? false);
  }

  /** Throws the reason if this has ended. */
  ensure(where: string): void {
    this.#within?.ensure(where);
    if (this.#why) {
      throw this.#why(where);
    }
  }

  /** Ends it: the first reason stays. What waits is rejected with it. */
  end(why: Why): void {
    if (this.#why) {
      return;
    }
    this.#why = why;
    for (const giveUp of this.#waiting) {
      giveUp();
    }
    this.#waiting.clear();
  }

  /**
   * Settles as the promise does, unless this ends first: then rejects with the reason. (Promise.race with one promise that
   * lives as long as the machine would keep every call's result alive as long.)
   */
  wait<T>(where: string, promise: Promise<T>): Promise<T> {
    const within = this.#within ? this.#within.wait(where, promise) : promise;
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        if (this.#why) {
          reject(this.#why(where));
        }
      };
      this.#waiting.add(giveUp);
      giveUp();
      within.then(resolve, reject).finally(() => this.#waiting.delete(giveUp));
    });
  }
}
