// Panels that last, floor 4: matrices that many dispatches and runs multiply with, packed anew only when what
// they are made of has been written to. So a training step packs its weights once an update, a session never.

import type { HeldMatrix } from "../../kernels/kernel.js";
import { type Ops, panelSize } from "../../kernels/ops.js";
import type { CpuMemory } from "./memory.js";

/** A matrix with its memory; `from` is an address. */
type Made = Omit<HeldMatrix, "binding"> & { readonly memory: CpuMemory };

/** Elements of the panels of some matrices. */
export function heldSize(matrices: readonly { readonly K: number; readonly N: number }[]): number {
  return matrices.reduce((sum, { K, N }) => sum + panelSize(K, N), 0);
}

export class Held {
  /** Where the panels lie, one after another. */
  readonly at: number;
  readonly #matrices: readonly Made[];
  /** What the memories' versions were when they were packed. */
  readonly #versions: number[];

  constructor(at: number, matrices: readonly Made[]) {
    this.at = at;
    this.#matrices = matrices;
    this.#versions = matrices.map(() => -1);
  }

  /** Packs what has changed. */
  refresh(ops: Ops): void {
    let at = this.at;
    for (let m = 0; m < this.#matrices.length; m += 1) {
      const { memory, from, k, n, K, N } = this.#matrices[m];
      if (this.#versions[m] !== memory.version) {
        ops.pack(at, from, k, n, K, N);
        this.#versions[m] = memory.version;
      }
      at += panelSize(K, N);
    }
  }
}
