// Who may use the network, and when. Training, sampling, saving and checking share one backend: each takes a
// turn, and what costs time but is not training gets a small share of it.

/** Runs tasks one at a time, in the order in which they were asked for. */
export function queue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const done = last.then(task);
    last = done.catch(() => undefined); // the one who asked hears of it
    return done;
  };
}

/** When something is due again. All times are in milliseconds. */
export class Pace {
  #next = 0;
  #pause: number;
  readonly #most: number;
  readonly #share: number;

  /** Every `least` at first, ever more rarely up to every `most`, and never more than `share` of all time. */
  constructor({ least, most = least, share }: { least: number; most?: number; share: number }) {
    this.#pause = least;
    this.#most = most;
    this.#share = share;
  }

  get isDue(): boolean {
    return performance.now() >= this.#next;
  }

  async run(task: () => Promise<void>): Promise<void> {
    const start = performance.now();
    await task();
    const end = performance.now();
    this.#next = end + Math.max(this.#pause, (end - start) * (1 / this.#share - 1));
    this.#pause = Math.min(this.#pause * 1.3, this.#most);
  }
}
