// The generator that everything draws from: its exact words (shaders/random.wgsl must give the same), and
// that they look random where a hash would fail first: neighbouring counters, neighbouring seeds.

import { describe, expect, test } from "vitest";
import { mix, mix2, Random, seedWord, uniform } from "../../src/random.js";

describe("mix", () => {
  test("gives these words, whatever else changes: masks and seeds depend on them", () => {
    expect(mix2(0, 0)).toBe(2926543089);
    expect(mix2(1, 2)).toBe(1833388140);
    expect(mix2(0xffffffff, 0x80000000)).toBe(4089401943);
    expect(mix(1, 2, 3)).toBe(mix2(mix2(1, 2), 3));
  });

  test("a change of one bit changes half of the bits", () => {
    let flipped = 0;
    let pairs = 0;
    for (let counter = 0; counter < 256; counter += 1) {
      for (let bit = 0; bit < 32; bit += 1) {
        flipped += bits(mix2(7, counter) ^ mix2(7, counter ^ (1 << bit)));
        flipped += bits(mix2(counter, 7) ^ mix2(counter ^ (1 << bit), 7));
        pairs += 2;
      }
    }
    expect(flipped / pairs).toBeGreaterThan(15.9);
    expect(flipped / pairs).toBeLessThan(16.1);
  });

  test("neighbouring seeds share no more words than chance gives", () => {
    const words = new Set<number>();
    for (let seed = 0; seed < 16; seed += 1) {
      for (let counter = 0; counter < 4096; counter += 1) {
        words.add(mix2(seed, counter));
      }
    }
    // 65,536 draws of 2^32: half a pair is expected to coincide.
    expect(words.size).toBeGreaterThan(65_536 - 6);
  });
});

test("uniform has 24 bits and is below 1", () => {
  expect(uniform(0)).toBe(0);
  expect(uniform(0xffffffff)).toBe(1 - 2 ** -24);
  expect(Math.fround(uniform(0xffffffff))).toBe(uniform(0xffffffff));
});

describe("seedWord", () => {
  test("a 32-bit seed is its own word, others are hashed", () => {
    expect(seedWord("x", 0)).toBe(0);
    expect(seedWord("x", 0xffffffff)).toBe(0xffffffff);
    const now = 1_800_000_000_000;
    const words = [seedWord("x", now), seedWord("x", now + 2 ** 32), seedWord("x", -1), seedWord("x", -2)];
    expect(new Set(words).size).toBe(4);
    expect(words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)).toBe(true);
  });

  test("refuses what is no integer", () => {
    expect(() => seedWord("trainer", 0.5)).toThrow(
      "trainer: the seed is 0.5, it must be an integer; Date.now() is one.",
    );
    expect(() => new Random(Number.NaN)).toThrow("Random: the seed is NaN");
  });
});

describe("Random", () => {
  test("its k-th word is mix(seed, k)", () => {
    const random = new Random(5);
    expect([random.u32(), random.u32()]).toEqual([mix(5, 0), mix(5, 1)]);
  });

  test("uniform numbers fill [0, 1) evenly, normal ones have mean 0, variance 1 and kurtosis 3", () => {
    const random = new Random(1);
    const n = 100_000;
    const uniforms = Array.from({ length: n }, () => random.uniform());
    const tenths = new Array<number>(10).fill(0);
    for (const number of uniforms) {
      tenths[Math.floor(number * 10)] += 1;
    }
    // The standard deviation of a count is 95.
    expect(Math.max(...tenths.map((count) => Math.abs(count - n / 10)))).toBeLessThan(400);
    const normals = Array.from({ length: n }, () => random.normal());
    expect(Math.abs(moment(normals, 1))).toBeLessThan(0.015);
    expect(moment(normals, 2)).toBeCloseTo(1, 1);
    expect(Math.abs(moment(normals, 4) - 3)).toBeLessThan(0.15);
  });

  test("shuffles to a permutation, every item to every place", () => {
    const random = new Random(3);
    const places = new Array<number>(5).fill(0);
    for (let k = 0; k < 5_000; k += 1) {
      const order = random.shuffle([0, 1, 2, 3, 4]);
      places[order.indexOf(0)] += 1;
      expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
    }
    // The standard deviation of a count is 28.
    expect(Math.max(...places.map((count) => Math.abs(count - 1_000)))).toBeLessThan(130);
  });
});

function bits(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest >>>= 1) {
    count += rest & 1;
  }
  return count;
}

function moment(numbers: readonly number[], power: number): number {
  return numbers.reduce((sum, number) => sum + number ** power, 0) / numbers.length;
}
