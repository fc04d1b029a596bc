// Calls that take several runs, floor 5: they and what comes after them take effect in the order in which
// they are called, whether or not they are awaited.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Whether a call that was made before is still under way. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** Runs a task after all that were given before it. */
  take<T>(task: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const result = this.#last.then(task).finally(() => {
      this.#waiting -= 1;
    });
    this.#last = result.catch(() => {});
    return result;
  }

  /** Does at once, or in its turn, what ends at once. Where it cannot be done then, later calls say why. */
  do(task: () => void): void {
    if (this.busy) this.take(async () => task()).catch(() => {});
    else task();
  }

  /** Runs a task at once, or in its turn where others are under way. */
  follow<T>(task: () => Promise<T>): Promise<T> {
    return this.busy ? this.take(task) : task();
  }
}
