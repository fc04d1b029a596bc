// Seeded random numbers, floor 0: initial weights, dropout, sampling, splits and made-up tasks all draw from
// here. A word is a hash of what it is for, in arithmetic of 32-bit integers that shaders/random.wgsl repeats
// bit for bit, so that the CPU and the GPU draw the same numbers in any order and store none of them.

import { ShapeError } from "./errors.js";

/** "lowbias32" of Chris Wellons' hash prospector (public domain): a permutation of the 32-bit words. */
function scramble(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Of two 32-bit words one, as `mix2` in shaders/random.wgsl. The offset keeps (0, 0) from being 0. */
export function mix2(a: number, b: number): number {
  return scramble(scramble((a + 0x9e3779b9) | 0) ^ b);
}

/** Of two words or more one: mix(a, b, c) is mix2(mix2(a, b), c). Words are taken modulo 2^32. */
export function mix(a: number, b: number, ...more: readonly number[]): number {
  return more.reduce(mix2, mix2(a, b));
}

/** The upper 24 bits of a word as a number in [0, 1): float32 holds each of them exactly. */
export function uniform(word: number): number {
  return (word >>> 8) / 0x1000000;
}

/**
 * A seed as one 32-bit word. Integers from 0 to 2^32 - 1 are their own word; larger and negative ones (a time
 * in milliseconds, say) are hashed into one.
 *
 * Throws ShapeError where the seed is no integer: cut to a word, every Math.random() would be the same seed.
 */
export function seedWord(where: string, seed: number): number {
  if (!Number.isSafeInteger(seed)) {
    throw new ShapeError(`${where}: the seed is ${seed}, it must be an integer; Date.now() is one.`);
  }
  const high = Math.floor(seed / 0x100000000);
  return high === 0 ? seed : mix2(seed | 0, high | 0);
}

/**
 * A stream of random numbers: its k-th word is mix(seed, k). The same seed gives the same stream everywhere.
 */
export class Random {
  readonly #seed: number;
  #drawn = 0;

  /** seed: any integer. Throws ShapeError where it is none. */
  constructor(seed: number) {
    this.#seed = seedWord("Random", seed);
  }

  /** A word of 32 bits: an integer from 0 to 2^32 - 1. */
  u32(): number {
    const word = mix2(this.#seed, this.#drawn);
    this.#drawn += 1;
    return word;
  }

  /** A number in [0, 1) with 53 bits; takes two words. */
  uniform(): number {
    const high = this.u32() >>> 5;
    const low = this.u32() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  /** An integer from 0 to count - 1. */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /**
   * A number of mean 0 and variance 1, by Box and Muller (1958), in float64; takes four words. Engines may
   * differ in the last bits of Math.log and Math.cos, which rounding to float32 hides but for very rare
   * cases.
   */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Puts the items into a random order, in place (Fisher and Yates), and returns them. */
  shuffle<T>(items: T[]): T[] {
    for (let last = items.length - 1; last > 0; last -= 1) {
      const other = this.below(last + 1);
      const moved = items[last];
      items[last] = items[other];
      items[other] = moved;
    }
    return items;
  }
}
