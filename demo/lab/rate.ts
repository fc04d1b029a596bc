// Updates a second, over the last few seconds: a counter that does not jump.

const span = 3_000;

export class Rate {
  #marks: { readonly time: number; readonly updates: number }[] = [];

  /** The rate, now that so many updates are done. */
  at(updates: number): number {
    const time = performance.now();
    this.#marks.push({ time, updates });
    while (this.#marks.length > 2 && this.#marks[0].time < time - span) {
      this.#marks.shift();
    }
    const first = this.#marks[0];
    return time > first.time ? ((updates - first.updates) / (time - first.time)) * 1000 : 0;
  }

  /** After a rest: what was before does not count. */
  restart(updates: number): void {
    this.#marks = [{ time: performance.now(), updates }];
  }
}
