// Sequences of like length in one batch, floor 1: padding costs memory, and steps that end together end a
// batch's work. The batches come in another order each time, and so do their neighbours in them.

import { checkSize } from "../errors.js";
import { mix2, Random, seedWord } from "../random.js";

export type BucketOptions<T> = {
  /** Items of a batch; the last that is cut has fewer where the number of items does not fit. */
  readonly batchSize: number;
  /** Any integer. */
  readonly seed: number;
  /** The epoch that the first iteration gives: 0 unless training is resumed. */
  readonly epoch?: number;
} & ([T] extends [{ readonly length: number }]
  ? {
      /** How long an item is; its own `length` unless given. */
      readonly length?: (item: T) => number;
    }
  : {
      /** How long an item is, in steps. */
      readonly length: (item: T) => number;
    });

/** Batches that are sorted together: as many as mix well, and differ little in length. */
const pool = 100;

/**
 * Batches of items of like length, every item once an epoch. Each iteration is the next epoch, in an order of
 * its own; the k-th is the same for the same items and seed. The items are shuffled, every 100 batches of
 * them are sorted by length and cut, and the batches are shuffled.
 *
 *     const epochs = bucket(train, { batchSize: 64, length: ({ ids }) => ids.length, seed: 1 });
 *     for (let epoch = 0; epoch < 3; epoch++) {
 *       for (const items of epochs) {
 *         await trainer.step({ ...pad(items.map(({ ids }) => ids)), target: items.map(({ label }) => label) });
 *       }
 *     }
 *
 * Throws ShapeError where batchSize is no positive integer or seed is no integer.
 */
export function bucket<T>(items: readonly T[], o: BucketOptions<T>): Iterable<T[]> {
  const batchSize = checkSize("bucket: batchSize", o.batchSize);
  const seed = seedWord("bucket", o.seed);
  // where an item has no length of its own, the type asks for a function
  const length = o.length ?? ((item: T) => (item as { readonly length: number }).length);
  let epoch = o.epoch ?? 0;
  return {
    [Symbol.iterator]() {
      const random = new Random(mix2(seed, epoch++));
      const shuffled = random.shuffle([...items]);
      const batches: T[][] = [];
      for (let first = 0; first < shuffled.length; first += pool * batchSize) {
        const sorted = shuffled.slice(first, first + pool * batchSize);
        sorted.sort((a, b) => length(a) - length(b));
        for (let at = 0; at < sorted.length; at += batchSize) {
          batches.push(sorted.slice(at, at + batchSize));
        }
      }
      return random.shuffle(batches)[Symbol.iterator]();
    },
  };
}
