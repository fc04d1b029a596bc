// Calls that bring less than was declared, on the CPU: as on any backend; memory stays as it is; runSync too.

import { describe, expect, test } from "vitest";
import { cpu, linear, lstm, sequential } from "../../src/index.js";
import { floats } from "../agree_check.js";
import { sizesSuite } from "../sizes_check.js";

const float32 = cpu();
const float64 = cpu({ precision: "float64" });
describe("float32", () => sizesSuite(() => float32));
describe("float64", () => sizesSuite(() => float64));

describe("runSync", () => {
  const net = sequential({ rnn: lstm(2, 24, { bidirectional: true }), head: linear(48, 3) });
  const weights = net.initialWeights({ seed: 1 });
  const x = (B: number, T: number) => floats([B, T, 2], T);

  test("lengths take memory once, for the declared sizes", async () => {
    const backend = cpu();
    const session = await backend.session(net, { weights, batchSize: 4, sequenceLength: 9 });
    const { bytes } = backend;
    session.runSync({ x: x(2, 3), lengths: [3, 1] });
    const more = backend.bytes;
    expect(more).toBeGreaterThan(bytes);
    for (const T of [1, 2, 5, 9]) session.runSync({ x: x(3, T), lengths: [T, 0, 1] });
    session.runSync({ x: x(4, 9), lengths: [1, 9, 0, 4] });
    expect(backend.bytes).toBe(more);
  });

  test("more sizes than plans are kept for", async () => {
    const backend = cpu();
    const session = await backend.session(net, { weights, batchSize: 2, sequenceLength: 80 });
    const first = session.runSync({ x: x(2, 3) }).y;
    const all = async (): Promise<number> => {
      for (let T = 1; T <= 80; T += 1) session.runSync({ x: x(2, T) });
      await new Promise((resolve) => setTimeout(resolve)); // plans end when what they last did has
      return backend.bytes; // few rows have panels of their own
    };
    const bytes = await all();
    expect(session.runSync({ x: x(2, 3) }).y).toEqual(first); // made anew: 64 others came after it
    expect(await all()).toBe(bytes);
  });

  test("of other sizes, at once, over the same memory", async () => {
    const backend = cpu();
    const session = await backend.session(net, { weights, batchSize: 4, sequenceLength: 9 });
    const { bytes } = backend;
    const results = new Map<string, ArrayLike<number>>();
    for (const [B, T] of [
      [4, 9],
      [4, 3],
      [1, 9],
      [2, 2],
      [4, 9],
      [4, 3],
    ]) {
      const into = { y: new Float32Array(B * T * 3) };
      const { y } = session.runSync({ x: x(B, T) }, into);
      expect(y).toBe(into.y);
      expect(session.runSync({ x: x(B, T) }).y).toEqual(y);
      const key = `${B} ${T}`;
      expect(results.get(key) ?? y).toEqual(y);
      results.set(key, y);
    }
    expect(backend.bytes).toBe(bytes);
    for (const [key, y] of results) {
      const [B, T] = key.split(" ").map(Number);
      const small = await backend.session(net, { weights, batchSize: B, sequenceLength: T });
      expect(small.runSync({ x: x(B, T) }).y).toEqual(y);
    }
    expect(() => session.runSync({ x: x(5, 9) })).toThrow(/^session.runSync: x has 5 sequences; /);
    expect(() => session.runSync({ x: x(2, 9) }, { y: new Float32Array(4 * 9 * 3) })).toThrow(
      "session.runSync: y goes into 108 numbers; it has 54. Give an array of that length.",
    );
    session.dispose();
    expect(() => session.runSync({ x: x(2, 2) })).toThrow(/disposed/);
  });
});
