// The eleven activations of a gate: their values by their definitions, on every CPU kind, for arguments of any
// size; their defaults; that equal options give one cell; and how many exchanges a step of each cell chains.

import { describe, expect, test } from "vitest";
import { graphOf } from "../../src/cells/cell.js";
import { indRnnCell, mguCell, minGruCell, minLstmCell } from "../../src/cells/further.js";
import { gruCell } from "../../src/cells/gru.js";
import { lstmCell } from "../../src/cells/lstm.js";
import { rnnCell } from "../../src/cells/rnn.js";
import { type Activation, type CpuBackend, rnn } from "../../src/index.js";
import { cpuBackends } from "../cpu_kinds.js";

type Scalar = (x: number) => number;
const definitions: readonly (readonly [activation: Activation, value: Scalar, slope: Scalar])[] = [
  ["relu", (x) => Math.max(x, 0), (x) => Number(x > 0)],
  ["tanh", Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
  ["sigmoid", sigmoid, (x) => sigmoid(x) * sigmoid(-x)],
  ["affine", (x) => x, () => 1],
  [{ kind: "affine", alpha: -0.5, beta: 2 }, (x) => 2 - x / 2, () => -0.5],
  ["leakyRelu", (x) => (x > 0 ? x : 0.01 * x), (x) => (x > 0 ? 1 : 0.01)],
  [{ kind: "leakyRelu", alpha: 0.3 }, (x) => (x > 0 ? x : 0.3 * x), (x) => (x > 0 ? 1 : 0.3)],
  ["thresholdedRelu", (x) => (x > 1 ? x : 0), (x) => Number(x > 1)],
  [{ kind: "thresholdedRelu", alpha: -1 }, (x) => (x > -1 ? x : 0), (x) => Number(x > -1)],
  ["scaledTanh", Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
  [
    { kind: "scaledTanh", alpha: 1.5, beta: 0.5 },
    (x) => 1.5 * Math.tanh(x / 2),
    (x) => 0.75 * (1 - Math.tanh(x / 2) ** 2),
  ],
  ["hardSigmoid", (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1), (x) => (Math.abs(x) < 2.5 ? 0.2 : 0)],
  ["elu", (x) => (x > 0 ? x : Math.expm1(x)), (x) => (x > 0 ? 1 : Math.exp(x))],
  [{ kind: "elu", alpha: 2 }, (x) => (x > 0 ? x : 2 * Math.expm1(x)), (x) => (x > 0 ? 1 : 2 * Math.exp(x))],
  ["softsign", (x) => x / (1 + Math.abs(x)), (x) => (1 + Math.abs(x)) ** -2],
  ["softplus", (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), sigmoid],
];

function sigmoid(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
}

/** On no kink and no jump of any of them. */
const near = Array.from({ length: 161 }, (_, k) => (k - 80) / 8 + 0.01);
const far = [1e-6, 20, 87.5, 100, 1000, 1e10, 1e30].flatMap((x) => [x, -x]);
const xs = [...near, ...far];

/** f and its slope at xs: an Elman network of one unit that sees x alone, in one step a sequence. */
async function applied(backend: CpuBackend, nonlinearity: Activation) {
  const B = xs.length;
  const { outputs, inputs } = await backend.gradients(rnn(1, 1, { nonlinearity, bias: false }), {
    weights: {
      weight_ih_l0: { shape: [1, 1], data: Float64Array.of(1) },
      weight_hh_l0: { shape: [1, 1], data: Float64Array.of(0) },
    },
    inputs: { x: { shape: [B, 1, 1], data: Float64Array.from(xs) } },
    cotangents: { y: { shape: [B, 1, 1], data: new Float64Array(B).fill(1) } },
  });
  return { values: outputs.y.data, slopes: inputs.x.data };
}

describe.each(cpuBackends)("$name", ({ backend, request }) => {
  const tolerance = request.precision === "float64" ? 1e-14 : 5e-7;
  test.each(definitions)("%o", async (activation, value, slope) => {
    const { values, slopes } = await applied(backend, activation);
    xs.forEach((given, k) => {
      const x = request.precision === "float64" ? given : Math.fround(given);
      const within = (want: number): number => tolerance * Math.max(1, Math.abs(want));
      expect(Math.abs(values[k] - value(x)), `at ${x}`).toBeLessThanOrEqual(within(value(x)));
      expect(Math.abs(slopes[k] - slope(x)), `slope at ${x}`).toBeLessThanOrEqual(within(slope(x)));
    });
  });

  test("elu and softsign lose no digits near zero", async () => {
    for (const [activation, value] of definitions) {
      if (activation !== "elu" && activation !== "softsign") continue;
      const { values } = await applied(backend, activation);
      const at = xs.indexOf(-1e-6);
      const want = value(request.precision === "float64" ? -1e-6 : Math.fround(-1e-6));
      expect(Math.abs(values[at] / want - 1)).toBeLessThanOrEqual(10 * tolerance);
    }
  });
});

describe("equal options give one cell, other options another", () => {
  const equal = (one: unknown, other: unknown) => expect(one).toBe(other);
  test("of an RNN", () => {
    equal(rnnCell(), rnnCell("tanh"));
    equal(rnnCell("leakyRelu"), rnnCell({ kind: "leakyRelu", alpha: 0.01 }));
    equal(rnnCell({ kind: "elu" }, 2), rnnCell("elu", 2));
    equal(indRnnCell(), indRnnCell("relu"));
  });
  test("of an LSTM", () => {
    equal(lstmCell(), lstmCell({ peephole: false, coupled: false, activations: { c: "tanh" } }));
    equal(lstmCell({ layerNorm: true }), lstmCell({ layerNorm: true, forgetBias: 0 }));
    equal(lstmCell({ forgetBias: 1 }), lstmCell()); // a matter of the biases, which are the layer's
  });
  test("of a GRU", () => {
    equal(gruCell(), gruCell({ resetAfter: true, activations: { n: { kind: "tanh" } } }));
  });
  test("each is another", () => {
    const cells = [
      lstmCell(),
      lstmCell({ peephole: true }),
      lstmCell({ coupled: true }),
      lstmCell({ clip: 1 }),
      lstmCell({ clip: 2 }),
      lstmCell({ cellClip: 1 }),
      lstmCell({ layerNorm: true }),
      lstmCell({ layerNorm: true, forgetBias: 1 }),
      lstmCell({ projected: true }),
      lstmCell({ activations: { i: "tanh" } }),
      lstmCell({ activations: { g: "sigmoid" } }),
      gruCell(),
      gruCell({ resetAfter: false }),
      gruCell({ clip: 1 }),
      gruCell({ layerNorm: true }),
      gruCell({ activations: { z: { kind: "hardSigmoid", alpha: 0.3 } } }),
      gruCell({ activations: { z: { kind: "hardSigmoid", beta: 0.3 } } }),
      rnnCell(),
      rnnCell("relu"),
      rnnCell("relu", 1),
      indRnnCell("tanh"),
    ].map(graphOf);
    expect(new Set(cells.map(({ name }) => name)).size).toBe(cells.length);
    expect(new Set(cells).size).toBe(cells.length);
  });
});

test.each([
  [rnnCell("softplus", 1), 1],
  [lstmCell({ peephole: true, coupled: true, clip: 1, cellClip: 1 }), 1],
  [lstmCell({ projected: true }), 2],
  [lstmCell({ layerNorm: true }), 5],
  [lstmCell({ layerNorm: true, projected: true }), 6],
  [gruCell({ resetAfter: false }), 2],
  [gruCell({ layerNorm: true }), 3],
  [mguCell, 2],
  [minGruCell, 0],
  [minLstmCell, 0],
  [indRnnCell(), 0],
] as const)("$0.name: the longest chain of exchanges in a step is $1", (cell, E) => {
  expect(graphOf<string>(cell).forward(true).phases.length - 1).toBe(E);
});
