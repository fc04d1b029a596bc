// Asks the worker beside this one for the baselines of a text; only the latest text's are reported.

import type { Count } from "./baselines.worker.js";
import type { Corpus } from "./corpus.js";

export class Baselines {
  readonly #report: (bits: readonly number[]) => void;
  #worker: Worker | undefined;

  constructor(report: (bits: readonly number[]) => void) {
    this.#report = report;
  }

  count({ train, heldOut, vocabulary }: Corpus): void {
    this.#worker?.terminate();
    const worker = new Worker(new URL("./baselines.worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<readonly number[]>) => {
      this.#report(data);
      worker.terminate();
    });
    worker.postMessage({ train, heldOut, size: vocabulary.size } satisfies Count);
    this.#worker = worker;
  }
}
