// What the harness puts under a program: the names that it declares without a value, a place where refused
// statements must reject, and ears for what it prints.

import { type MockInstance, vi } from "vitest";

const programs = import.meta.glob("./p*.ts");
// a module runs once: under another address it is another module
const again = import.meta.glob("./p10*.ts", { query: "?again" });

/** Errors that refused statements rejected with, in order. */
export const refusals: Error[] = [];

/** Sets global names for the program that is imported next. */
export function supply(values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}

supply({
  refused: async (statement: () => Promise<void>): Promise<void> => {
    try {
      await statement();
    } catch (error) {
      refusals.push(error as Error);
      return;
    }
    throw new Error(`it should have been refused: ${statement}`);
  },
});

export interface Ran {
  readonly exports: Record<string, unknown>;
  /** Arguments of each console.log, console.table and console.warn. */
  readonly printed: readonly unknown[][];
  readonly refused: readonly Error[];
}

/** Runs a program to its end: "p01_char_lm_tbptt"; a second time with `turn` "again". */
export async function runProgram(
  name: string,
  values: Record<string, unknown>,
  turn: "once" | "again" = "once",
): Promise<Ran> {
  supply(values);
  refusals.length = 0;
  const printed: unknown[][] = [];
  const listen = (method: "log" | "table" | "warn"): MockInstance =>
    vi.spyOn(console, method).mockImplementation((...all: unknown[]) => void printed.push(all));
  const spies = [listen("log"), listen("table"), listen("warn")];
  try {
    const exports = (await (turn === "once" ? programs : again)[`./${name}.ts`]()) as Record<string, unknown>;
    return { exports, printed, refused: [...refusals] };
  } finally {
    for (const spy of spies) {
      spy.mockRestore();
    }
  }
}

/** A text that a network can learn: a sentence over and over. */
export function sentence(length: number): string {
  return "the whale and the sea and the ship, ".repeat(Math.ceil(length / 36)).slice(0, length);
}

/** Numbers from 0 to below V in a pattern. */
export function pattern(length: number, V: number): Int32Array {
  return Int32Array.from({ length }, (_, t) => (t * t + t) % V);
}

/** Floats in [-1, 1] that repeat nothing soon. */
export function wave(length: number, phase = 0): Float32Array {
  return Float32Array.from({ length }, (_, t) => Math.sin(0.7 * t + phase));
}

/** Windows as batches() gives them, of any length. */
export function windows(count: number, B: number, T: number, V: number) {
  const shape = [B, T];
  return Array.from({ length: count }, (_, k) => ({
    x: { shape, data: pattern(B * T, V) },
    target: { shape, data: pattern(B * T + k, V).slice(k) },
  }));
}

export const largest = (values: Iterable<number>): number => Math.max(...[...values].map(Math.abs));
export const difference = (a: Float32Array, b: Float32Array): number =>
  largest(a.map((value, k) => value - b[k]));
