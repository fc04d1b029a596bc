// Names as batches: of like length together, padded, with their lengths; cut to the letters that are read.

import { bucket, pad, type Tensor } from "webrnn";
import type { Structure } from "../../settings.js";
import type { Item } from "./names.js";

export interface NameBatch {
  readonly x: Tensor<Int32Array>;
  readonly lengths: Int32Array;
  readonly target: Int32Array;
}

type Sizes = Pick<Structure, "batch" | "steps">;

/** Batches are as long as a multiple of this: each length and each size is a plan of its own. */
const grain = 8;

/** Names one below the other, zeros behind each; at most `steps` letters of them. */
export function batchOf(items: readonly Item[], steps: number): NameBatch {
  const { x, lengths } = pad(items.map(({ ids }) => ids.subarray(0, steps)));
  const [B, longest] = x.shape;
  const T = Math.min(Math.ceil(longest / grain) * grain, steps);
  const data = new Int32Array(B * T);
  for (let b = 0; b < B; b += 1) {
    data.set(x.data.subarray(b * longest, (b + 1) * longest), b * T);
  }
  return { x: { shape: [B, T], data }, lengths, target: Int32Array.from(items, ({ label }) => label) };
}

/** Names to learn from, epoch after epoch, each in an order of its own. */
export class Epochs {
  readonly #items: readonly Item[];
  readonly #sizes: Sizes;
  readonly #seed: number;
  #epoch = -1;
  #batches: readonly (readonly Item[])[] = [];

  constructor(items: readonly Item[], { batch, steps, seed }: Sizes & Pick<Structure, "seed">) {
    this.#items = items;
    this.#sizes = { batch, steps };
    this.#seed = seed;
  }

  /** The batch of an update, counted from 0: the same whenever it is asked for. */
  at(update: number): NameBatch {
    const { batch, steps } = this.#sizes;
    const each = Math.ceil(this.#items.length / batch);
    const epoch = Math.floor(update / each);
    if (epoch !== this.#epoch) {
      const length = ({ ids }: Item): number => Math.min(ids.length, steps);
      this.#batches = [...bucket(this.#items, { batchSize: batch, seed: this.#seed, epoch, length })];
      this.#epoch = epoch;
    }
    return batchOf(this.#batches[update % each], steps);
  }
}

/** Names to read, short ones first: what is read together is of like length. */
export function inOrder(items: readonly Item[], size: number): Item[][] {
  const sorted = items.toSorted((a, b) => a.ids.length - b.ids.length);
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, i) =>
    sorted.slice(i * size, (i + 1) * size),
  );
}

const mostProbed = 8;

/** Names of one length, the longest that several have: their gradient has one way back. */
export function probeOf(items: readonly Item[], steps: number): Item[] {
  for (let length = steps; length > 1; length -= 1) {
    const same = items.filter(({ ids }) => ids.length === length);
    if (same.length >= mostProbed) {
      return same.slice(0, mostProbed);
    }
  }
  return items.slice(0, 1);
}
