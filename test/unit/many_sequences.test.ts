// More sequences than a step computes at a time on the CPU: each gets what it gets among few.

import { expect, test } from "vitest";
import { gru, lstm, type Model, recurrent, type Tensor } from "../../src/index.js";
import { rowsAtOnce } from "../../src/kernels/rows.js";
import { calls, floats } from "../agree_check.js";
import { normed } from "../cells_p07.js";
import { float64 } from "../differences_check.js";

const [I, H, T, few] = [2, 300, 3, 4];
const B = 2 * rowsAtOnce(H) + few;

const cells: Record<string, Model> = {
  lstm: lstm(I, H),
  gru: gru(I, H),
  normed: recurrent(normed, I, H, { bidirectional: true }),
};

test.each(Object.entries(cells))("%s", async (name, net) => {
  const F = name === "normed" ? 2 * H : H;
  const [x, dy] = [floats([B, T, I], 1), floats([B, T, F], 2)];
  const weights = net.initialWeights({ seed: 3 });
  /** The output and the gradient of the input, of sequences from this one on. */
  const of = async (first: number, count: number): Promise<ArrayLike<number>[]> => {
    const part = ({ data }: Tensor<Float32Array<ArrayBuffer>>, n: number) => ({
      shape: [count, T, n],
      data: data.slice(first * T * n, (first + count) * T * n),
    });
    const got = await calls(float64).gradients(net, {
      weights,
      inputs: { x: part(x, I) },
      cotangents: { y: part(dy, F) },
    });
    return [got.outputs.y.data, got.inputs.x.data];
  };
  const all = await of(0, B);
  for (const first of [0, rowsAtOnce(H) - 1, B - few]) {
    const alone = await of(first, few);
    for (const [k, n] of [F, I].entries()) {
      const among = Array.from(all[k]).slice(first * T * n, (first + few) * T * n);
      const worst = Math.max(...among.map((value, at) => Math.abs(value - alone[k][at])));
      expect(worst).toBeLessThan(1e-12);
    }
  }
});
