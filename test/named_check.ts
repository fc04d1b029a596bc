// A single step that finds its input in the embedding's table by the token, so that nobody copies the row: the same
// numbers as where the row is copied. Used on the CPU, as if it cost what a GPU does, and on WebGPU.

import { expect, test } from "vitest";
import {
  add,
  cpu,
  embedding,
  gru,
  input,
  layerNorm,
  linear,
  lstm,
  type Model,
  model,
  rnn,
  sequential,
} from "../src/index.js";
import { calls } from "./agree_check.js";
import type { AnyBackend } from "./goldens_check.js";

const V = 9;
const of = (rnn: Model, H: number): Model =>
  sequential({ embed: embedding(V, 8), rnn, head: linear(H, V) } as never) as unknown as Model;

/** Networks over tokens, with the dispatches of a step of one sequence, and whether one of them copies rows. */
const nets: Record<string, readonly [net: Model, dispatches: number, copies: boolean]> = {
  rnn: [of(rnn(8, 12) as Model, 12), 2, false],
  "lstm, two layers": [of(lstm(8, 12, { numLayers: 2 }) as Model, 12), 3, false],
  "lstm, both directions": [of(lstm(8, 6, { bidirectional: true }) as Model, 12), 2, false],
  "gru of 260": [of(gru(8, 260) as Model, 260), 2, false],
  "two layers that run as one": [
    model(
      { embed: embedding(V, 8), a: gru(8, 12), b: gru(8, 12) },
      { x: input.tokens() },
      ({ embed, a, b }, { x }) => {
        const e = embed(x);
        return { p: a(e).y, q: b(e).y };
      },
    ) as unknown as Model,
    1,
    false,
  ],
  "rows that another layer reads": [
    model(
      { embed: embedding(V, 8), norm: layerNorm(8), rnn: rnn(8, 8) },
      { x: input.tokens() },
      ({ embed, norm, rnn: layer }, { x }) => {
        const e = embed(x);
        return add(layer(e).y, norm(e));
      },
    ) as unknown as Model,
    4,
    true,
  ],
};

const given = model(
  { embed: embedding(V, 8), rnn: rnn(8, 8) },
  { x: input.tokens() },
  ({ embed, rnn: layer }, { x }) => {
    const rows = embed(x);
    return { y: layer(rows).y, rows };
  },
) as unknown as Model;

/** backend: of a device on which a dispatch costs something. */
export function namedSuite(backend: () => Promise<AnyBackend> | AnyBackend): void {
  test("rows that are an output too are copied", async () => {
    const weights = given.initialWeights({ seed: 5 });
    const session = await calls(await backend()).session(given, { batchSize: 1, sequenceLength: 1, weights });
    const { rows } = (await session.run({ x: Int32Array.of(4) })) as Record<string, Float32Array>;
    expect(Array.from(rows)).toEqual(Array.from(weights.get("embed.weight")?.data.slice(32, 40) ?? []));
  });

  test.each(Object.entries(nets))("%s", async (_, [net, dispatches, copies]) => {
    const weights = net.initialWeights({ seed: 5 });
    const o = { batchSize: 2, sequenceLength: 1, stateful: true, weights };
    const got = await calls(await backend()).session(net, { ...o, batchSize: 1 });
    const want = await calls(cpu()).session(net, { ...o, batchSize: 1 });
    const print = got.plan.print();
    expect(print.includes("x named")).toBe(true);
    expect(print.includes("gather")).toBe(copies);
    expect(got.plan.cost().dispatches).toBe(dispatches);
    for (const token of [3, 0, V - 1, 3]) {
      const x = { shape: [1, 1], data: Int32Array.of(token) };
      const [a, b] = [await got.run({ x }), await want.run({ x })] as Record<string, Float32Array>[];
      for (const name of Object.keys(b)) {
        expect(b[name].length).toBeGreaterThan(0);
        const off = b[name].map((value, k) => Math.abs(value - a[name][k]));
        expect(Math.max(...off), name).toBeLessThanOrEqual(2e-5);
      }
    }
    const several = await calls(await backend()).session(net, o);
    expect(several.plan.print()).toContain("gather");
    await expect(got.run({ x: { shape: [1, 1], data: Int32Array.of(V) } })).rejects.toThrow(/token|to 8/);
  });
}
