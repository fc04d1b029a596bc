// stateNorms against an independent number: a cell whose c has something added at every step, which is x itself, so that dL/dx is
// dL/dc by every path, the one through h of the same step too.

import { expect, test } from "vitest";
import { cpu, defineCell, recurrent, sigmoid, type Tensor, tanh } from "../../src/index.js";

const [T, B, H] = [5, 3, 4];
const open = defineCell({
  name: "open",
  gates: { i: "sum", f: "sum", g: "sum", o: "sum", e: "input" },
  state: ["h", "c"],
  step({ i, f, g, o, e }, { c }) {
    const next = sigmoid(f)
      .mul(c)
      .add(sigmoid(i).mul(tanh(g)))
      .add(e);
    return { h: sigmoid(o).mul(tanh(next)), c: next };
  },
});

test("|dL/dc_t| is that of what is added to c at t", async () => {
  const net = recurrent(open, H, H);
  const weights = net.initialWeights({ seed: 1 });
  // x reaches the cell by gate e alone, and as it is.
  const W: Tensor = { shape: [5 * H, H], data: new Float32Array(5 * H * H) };
  for (let j = 0; j < H; j++) W.data[(4 * H + j) * H + j] = 1;
  weights.set("weight_ih_l0", W);
  const x = { shape: [B, T, H], data: Float32Array.from({ length: B * T * H }, (_, k) => Math.sin(3 * k)) };
  const y = { shape: [B, T, H], data: Float32Array.from({ length: B * T * H }, (_, k) => Math.cos(5 * k)) };
  const float64 = cpu({ precision: "float64" });
  const { inputs, stateNorms } = await float64.gradients(net, { weights, inputs: { x }, cotangents: { y } });
  const norms = stateNorms.get("c")?.data ?? [];
  expect(norms.length).toBe(T);
  for (let t = 0; t < T; t++) {
    let squares = 0;
    for (let b = 0; b < B; b++) {
      for (let j = 0; j < H; j++) squares += inputs.x.data[(b * T + t) * H + j] ** 2;
    }
    expect(Math.abs(norms[t] - Math.sqrt(squares))).toBeLessThan(1e-12);
  }
});
