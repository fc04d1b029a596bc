// The folder of cases that the peers' tests are run on, and what every suite of them needs: reading a case,
// comparing with a tolerance, and naming what waits for a later feature.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Place, places } from "./backends.js";

/** Numbers in row-major order, as the cases hold them. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** The folder named in WEBRNN_PEER_CASES. It is an error if there is none: nothing would be tested. */
export function folder(): string {
  const path = process.env.WEBRNN_PEER_CASES;
  if (path === undefined || !existsSync(path)) {
    throw new Error(
      `WEBRNN_PEER_CASES is ${path}, it must be a folder of cases; run npm run test:peers -- FOLDER.`,
    );
  }
  return path;
}

/** A JSON file of the folder. The suites know what is in it. */
export function readJson<T>(...path: readonly string[]): T {
  return JSON.parse(readFileSync(join(...path), "utf8")) as T;
}

/** |got - want| ≤ tolerance · max(1, largest |want|), for every number; not a number is never close. */
export function expectClose(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(got.length, `${what}: how many`).toBe(want.length);
  const largest = Array.from(want).reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const differences = Array.from(want, (value, i) => Math.abs(got[i] - value));
  const worst = differences.some(Number.isNaN) ? Number.NaN : Math.max(0, ...differences);
  expect(worst, `${what}: largest difference`).toBeLessThanOrEqual(tolerance * largest);
}

/** A test of a case on each backend. */
export function onEach(name: string, check: (place: Place) => Promise<void>): void {
  for (const place of places) {
    test(`${place.name}: ${name}`, () => check(place));
  }
}

/** A case's name, and why the library cannot express it. */
export interface Pending {
  readonly name: string;
  readonly reason: string;
}

/**
 * Prints the cases that are not run, by reason, and holds their number: one more or fewer is to be noticed.
 */
export function reportPending(suite: string, pending: readonly Pending[], count: number): void {
  test(`${suite}: ${count} cases are pending, by name`, () => {
    const reasons = new Map<string, string[]>();
    for (const { name, reason } of pending) {
      reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
    }
    for (const [reason, names] of reasons) {
      console.log(`${suite}: pending, for want of ${reason}: ${names.join(", ")}`);
    }
    expect(pending).toHaveLength(count);
  });
}

/** A matrix [rows, columns] by columns: Keras keeps its weights the other way round. */
export function transposed({ shape, data }: Values): number[] {
  const [rows, columns] = shape;
  return Array.from({ length: rows * columns }, (_, k) => data[(k % rows) * columns + Math.floor(k / rows)]);
}

/** Axes 1 and 2 of four exchanged: [T, B, D, H] becomes [T, D, B, H]. */
export function swapMiddle(data: ArrayLike<number>, shape: readonly number[]): number[] {
  const [outer, first, second, inner] = shape;
  const swapped: number[] = [];
  for (let o = 0; o < outer; o += 1) {
    for (let s = 0; s < second; s += 1) {
      for (let f = 0; f < first; f += 1) {
        const start = ((o * first + f) * second + s) * inner;
        swapped.push(...Array.from({ length: inner }, (_, i) => data[start + i]));
      }
    }
  }
  return swapped;
}
