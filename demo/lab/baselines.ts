// Asks the worker beside this one for the baselines of what is read; only the latest's are reported.

import type { Count } from "./baselines.worker.js";

export class Baselines {
  readonly #report: (scores: readonly number[]) => void;
  #worker: Worker | undefined;

  constructor(report: (scores: readonly number[]) => void) {
    this.#report = report;
  }

  count(count: Count): void {
    this.#worker?.terminate();
    const worker = new Worker(new URL("./baselines.worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<readonly number[]>) => {
      this.#report(data);
      worker.terminate();
    });
    worker.postMessage(count);
    this.#worker = worker;
  }
}
