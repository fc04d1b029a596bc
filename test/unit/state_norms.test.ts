// |dL/ds_t|, how much the loss depends on a state at each step, by every path: against the gradients of
// numbers that are added to the states, as inputs of a cell made for it.

import { expect, test } from "vitest";
import { defineCell, input, lstm, model, recurrent, sigmoid, type Tensor, tanh } from "../../src/index.js";
import { calls, floats } from "../agree_check.js";
import { float64 } from "../differences_check.js";

/** An LSTM that adds numbers of its input to h and to c. */
const nudged = defineCell({
  name: "nudged_lstm",
  gates: { i: "sum", f: "sum", g: "sum", o: "sum", toH: "input", toC: "input" },
  state: ["h", "c"],
  step({ i, f, g, o, toH, toC }, { c }) {
    const next = sigmoid(f)
      .mul(c)
      .add(sigmoid(i).mul(tanh(g)))
      .add(toC);
    return { h: sigmoid(o).mul(tanh(next)).add(toH), c: next };
  },
});

const [B, T, I, H] = [3, 5, 2, 4];

test.each([
  { D: 1, outputs: ["y", "hn", "cn"] },
  { D: 1, outputs: ["cn"] },
  { D: 2, outputs: ["y", "cn"] },
])("of $D directions, with cotangents of $outputs", async ({ D, outputs }) => {
  const F = I + D * 2 * H; // each direction has columns of its own for what is added
  const net = recurrent(nudged, F, H, D === 2 ? { bidirectional: true } : {});
  const weights = Object.fromEntries(
    [...net.initialWeights({ seed: 3 })].map(([name, { shape, data }]) => {
      if (name.startsWith("bias_ih")) return [name, { shape, data: data.fill(0, 4 * H) }];
      if (!name.startsWith("weight_ih")) return [name, { shape, data }];
      const first = I + (name.endsWith("_reverse") ? 2 * H : 0);
      const rows = data.map((w, k) => {
        const [row, column] = [Math.floor(k / F), k % F];
        if (row < 4 * H) return column < I ? 3 * w : 0;
        return column === first + (row - 4 * H) ? 1 : 0;
      });
      return [name, { shape, data: rows }];
    }),
  );
  const x = floats([B, T, F], 5);
  x.data.forEach((_, k) => {
    if (k % F >= I) x.data[k] = 0;
  });
  const shapes: Readonly<Record<string, readonly number[]>> = {
    y: [B, T, D * H],
    hn: [D, B, H],
    cn: [D, B, H],
  };
  const cotangents = Object.fromEntries(outputs.map((name, k) => [name, floats(shapes[name], 10 + k)]));
  const got = await calls(float64).gradients(net, { weights, inputs: { x }, cotangents });
  expect([...got.stateNorms.keys()]).toEqual(["h", "c"]);
  const normAt = (t: number, column: number): number => {
    let squares = 0;
    for (let b = 0; b < B; b += 1) {
      for (let j = 0; j < H; j += 1) squares += got.inputs.x.data[(b * T + t) * F + column + j] ** 2;
    }
    return Math.sqrt(squares);
  };
  for (const [s, name] of ["h", "c"].entries()) {
    const { shape, data } = got.stateNorms.get(name) ?? { shape: [], data: [] };
    expect(shape).toEqual([D, T]);
    for (let dt = 0; dt < D * T; dt += 1) {
      const [d, t] = [Math.floor(dt / T), dt % T];
      const want = normAt(t, I + (2 * d + s) * H);
      expect(Math.abs(data[dt] - want), `${name}, direction ${d}, step ${t}`).toBeLessThan(1e-12);
      expect(want > 0).toBe(!(name === "h" && outputs.join() === "cn" && t === T - 1));
    }
  }
});

test.each(["fast", "small"])(
  "of a stack are those of its layers one by one, with lengths, memory %s",
  async (memory) => {
    const stack = lstm(I, H, { numLayers: 2, bidirectional: true });
    const apart = model(
      { first: lstm(I, H, { bidirectional: true }), second: lstm(2 * H, H, { bidirectional: true }) },
      { x: input.features(I), lengths: input.lengths() },
      ({ first, second }, { x, lengths }) => second(first(x, { lengths }).y, { lengths }).y,
    );
    const weights = stack.initialWeights({ seed: 6 });
    const byLayer = [...weights].map(([name, one]): [string, Tensor] => [
      name.includes("_l0") ? `first.${name}` : `second.${name.replace("_l1", "_l0")}`,
      one,
    ]);
    const given = {
      inputs: { x: floats([B, T, I], 7), lengths: [4, 0, T] },
      cotangents: { y: floats([B, T, 2 * H], 8) },
      memory,
    };
    const together = await calls(float64).gradients(stack, { ...given, weights });
    const one = await calls(float64).gradients(apart, { ...given, weights: new Map(byLayer) });
    for (const s of ["h", "c"]) {
      const of = (layer: string): number[] => Array.from(one.stateNorms.get(`${layer}.${s}`)?.data ?? []);
      const want = [...of("first"), ...of("second")];
      expect(Array.from(together.stateNorms.get(s)?.data ?? [])).toEqual(want);
      expect(new Set(want).size).toBe(4 * T); // no two are the same
    }
  },
);
