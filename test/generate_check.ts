// What generate must do on any backend: the same tests run on the CPU in node and on WebGPU in a browser.

import { expect, test } from "vitest";
import { embedding, gru, linear, type Model, sequential } from "../src/index.js";
import { type AnySession, calls } from "./agree_check.js";
import type { AnyBackend } from "./goldens_check.js";

export const V = 12;
const B = 2;
export const writer: Model = sequential({ embed: embedding(V, 6), rnn: gru(6, 8), head: linear(8, V) });
/** Larger than drawn, so that the probabilities are far apart. */
export const weights = new Map(
  [...writer.initialWeights({ seed: 6 })].map(([name, { shape, data }]) => [
    name,
    { shape, data: data.map((w) => 2 * w) },
  ]),
);
const prompt = [3, 1, 4, 1, 5, 9]; // [B, 3]

export function sessionOf(backend: AnyBackend): Promise<AnySession> {
  const sizes = { batchSize: B, sequenceLength: 1, stateful: true };
  return calls(backend).session(writer, { weights, ...sizes });
}

/** Tokens [B, n] and their log probabilities, as they were told. */
export async function told(session: AnySession, o: object) {
  const ids: number[][] = [];
  const logProbs: number[][] = [];
  const onTokens = (next: Int32Array, logs: Float32Array): void => {
    ids.push([...next]);
    logProbs.push([...logs]);
    next.fill(-1); // the caller's own
  };
  const written = await session.generate({ prompt, maxTokens: 8, ...o, onTokens });
  return { written: [...written], ids, logProbs };
}

/** log softmax of the logits of every sequence, one token after the other. */
async function logsOf(session: AnySession, columns: readonly (readonly number[])[]): Promise<number[][][]> {
  const logs: number[][][] = [];
  for (const x of columns) {
    const y = Array.from((await session.run({ x })).y);
    const rows = Array.from({ length: B }, (_, b) => y.slice(b * V, (b + 1) * V));
    logs.push(
      rows.map((row) => {
        const total = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
        return row.map((logit) => logit - total);
      }),
    );
  }
  return logs;
}

const columns = [
  [3, 1],
  [1, 5],
  [4, 9],
];

export function generateSuite(backend: () => AnyBackend): void {
  test("temperature 0, topK 1 and a small topP take the likeliest token; tokens are told with what the model gave them", async () => {
    const { written, ids, logProbs } = await told(await sessionOf(backend()), { temperature: 0 });
    expect(written.length).toBe(B * 8);
    expect(ids.length).toBe(8);
    expect(Array.from({ length: B }, (_, b) => ids.map((row) => row[b])).flat()).toEqual(written);
    const logs = await logsOf(await sessionOf(backend()), [...columns, ...ids.slice(0, -1)]);
    ids.forEach((row, n) => {
      row.forEach((id, b) => {
        const of = logs[columns.length - 1 + n][b];
        expect(of.indexOf(Math.max(...of))).toBe(id);
        expect(logProbs[n][b]).toBeCloseTo(of[id], 5);
      });
    });
    for (const o of [{ topK: 1 }, { topP: 1e-9 }, { temperature: 1e-6 }, { topK: 1, seed: 9 }]) {
      expect((await told(await sessionOf(backend()), o)).written).toEqual(written);
    }
  });

  test("the same seed draws the same tokens, another one others; log probabilities are before temperature", async () => {
    const draw = async (seed: number) =>
      told(await sessionOf(backend()), { seed, temperature: 1.5, topK: 6 });
    const [first, again, other] = [await draw(7), await draw(7), await draw(8)];
    expect(again).toEqual(first);
    expect(other.written).not.toEqual(first.written);
    const logs = await logsOf(await sessionOf(backend()), [...columns, ...first.ids.slice(0, -1)]);
    first.ids.forEach((row, n) => {
      row.forEach((id, b) => {
        const of = logs[columns.length - 1 + n][b];
        expect(first.logProbs[n][b]).toBeCloseTo(of[id], 5);
        expect(of.filter((log) => log > of[id]).length).toBeLessThan(6);
      });
    });
  });

  test("every token of every sequence is a draw of its own", async () => {
    const zero = new Map(
      [...weights].map(([name, { shape, data }]) => [name, { shape, data: data.map(() => 0) }]),
    );
    const session = await calls(backend()).session(writer, {
      weights: zero,
      batchSize: B,
      sequenceLength: 1,
      stateful: true,
    });
    const { written } = await told(session, { maxTokens: 40 });
    const rows = [written.slice(0, 40), written.slice(40)];
    for (const row of rows) expect(new Set(row).size).toBeGreaterThan(V / 2);
    expect(rows[0]).not.toEqual(rows[1]);
  });

  test("it goes on from the session's state", async () => {
    const whole = await told(await sessionOf(backend()), { temperature: 0 });
    const session = await sessionOf(backend());
    const begun = await session.generate({ prompt, maxTokens: 3, temperature: 0 });
    const last = [begun[2], begun[5]];
    const rest = await session.generate({ prompt: last, maxTokens: 5, temperature: 0 });
    const rows = [0, 1].map((b) => [...begun.slice(3 * b, 3 * b + 3), ...rest.slice(5 * b, 5 * b + 5)]);
    expect(rows.flat()).toEqual(whole.written);
    expect([...(await session.generate({ prompt: last, maxTokens: 0 }))]).toEqual([]);
    session.state.reset();
    expect((await told(session, { temperature: 0 })).written).toEqual(whole.written);
  });

  test("after stop a sequence is filled with it", async () => {
    const { ids } = await told(await sessionOf(backend()), { seed: 3, temperature: 2 });
    const stop = ids[2][0];
    const { written, ids: stopped } = await told(await sessionOf(backend()), {
      seed: 3,
      temperature: 2,
      stop,
    });
    const rows = [0, 1].map((b) => ids.map((row) => row[b]));
    const ends = rows.map((row) => (row.includes(stop) ? row.indexOf(stop) : row.length));
    // Until one of them stops, sequences are as they were; a stopped one is filled.
    const first = Math.min(...ends);
    expect(stopped.slice(0, first + 1)).toEqual(ids.slice(0, first + 1));
    for (const [b, end] of ends.entries()) {
      const got = written.slice(8 * b, 8 * b + 8);
      const at = got.indexOf(stop);
      if (end === first) expect(at).toBe(first);
      if (at >= 0) expect(got.slice(at).every((id) => id === stop)).toBe(true);
    }
  });

  test("a signal ends it", async () => {
    const controller = new AbortController();
    let count = 0;
    const session = await sessionOf(backend());
    const onTokens = (): void => {
      count += 1;
      if (count === 3) controller.abort(new Error("enough"));
    };
    const written = session.generate({ prompt, maxTokens: 100, onTokens, signal: controller.signal });
    await expect(written).rejects.toThrow("enough");
    expect(count).toBe(3);
  });

  test("where all have stopped, or a signal ends it, the state is that after the tokens that were told", async () => {
    const o = { maxTokens: 100, seed: 3, temperature: 2 };
    const { ids } = await told(await sessionOf(backend()), o);
    const stateAfter = async (n: number) => {
      const twin = await sessionOf(backend());
      for (const x of [...columns, ...ids.slice(0, n - 1)]) await twin.run({ x }, []);
      return twin.state.read();
    };
    for (const [end, begun] of [
      [3, 0],
      [45, 1],
    ]) {
      const controller = new AbortController();
      let count = 0;
      const session = await sessionOf(backend());
      const onTokens = (): void => {
        count += 1;
        if (count === end) controller.abort(new Error("enough"));
      };
      const written = session.generate({ prompt, ...o, onTokens, signal: controller.signal });
      await expect(written).rejects.toThrow("enough");
      expect(await session.state.read(), `${begun} pieces before`).toEqual(await stateAfter(end));
    }
    const both = await told(await sessionOf(backend()), { ...o, prompt: [3, 1, 4, 3, 1, 4], topK: 1 });
    const stop = both.ids[5][0];
    const last = both.ids.findIndex(([id]) => id === stop) + 1;
    const session = await sessionOf(backend());
    const got = await told(session, { ...o, prompt: [3, 1, 4, 3, 1, 4], topK: 1, stop });
    expect(got.ids).toEqual(both.ids.slice(0, last));
    const twin = await sessionOf(backend());
    const fed = [[3, 3], [1, 1], [4, 4], ...both.ids.slice(0, last - 1)];
    for (const x of fed) await twin.run({ x }, []);
    expect(await session.state.read()).toEqual(await twin.state.read());
  });
}
