// How much work is queued ahead of the GPU, floor 4. Runs are counted and the queue is asked once in four,
// because asking is slow in some browsers (Firefox answers on a grid of 100 ms) and never asking lets memory
// grow without bound.

/** Runs between two questions to the queue; twice as many may be in flight. */
const runs = 4;

export class Flight {
  readonly #queue: GPUQueue;
  #count = 0;
  /** Resolves when the runs before the last question are done. */
  #gate: Promise<void> = Promise.resolve();
  #asked: Promise<void> = Promise.resolve();

  constructor(queue: GPUQueue) {
    this.#queue = queue;
  }

  /** To be called after each submit of a run: resolves when one more may be queued. */
  more(): Promise<void> {
    this.#count += 1;
    if (this.#count % runs === 0) {
      this.#gate = this.#asked;
      // a lost device may reject this; the machine tells the reason
      this.#asked = this.#queue.onSubmittedWorkDone().then(
        () => {},
        () => {},
      );
    }
    return this.#gate;
  }
}
