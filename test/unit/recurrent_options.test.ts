// The options of recurrent layers: what excludes each other or is out of range is refused where it is
// written, a checkpoint tells cells apart, and what weights there are and begin with.

import { describe, expect, test } from "vitest";
import {
  cpu,
  defineCell,
  type GruOptions,
  gru,
  indRnn,
  type LstmOptions,
  lstm,
  type Model,
  mgu,
  minGru,
  minLstm,
  type RnnOptions,
  recurrent,
  rnn,
  ShapeError,
  sgd,
  squaredError,
  tanh,
  WeightsError,
} from "../../src/index.js";

/** Options as a program without types gives them. */
const ofLstm = (options: object) => () => lstm(2, 4, options as LstmOptions);
const ofGru = (options: object) => () => gru(2, 4, options as GruOptions);
const ofRnn = (options: object) => () => rnn(2, 4, options as RnnOptions);
const projecting = defineCell({
  name: "projecting",
  gates: { a: "sum" },
  state: ["h"],
  matrices: ["down"],
  projected: { matrix: "down" },
  step: ({ a }, _, __, { product }) => ({ h: product("down", tanh(a)) }),
});

const names =
  "relu, tanh, sigmoid, affine, leakyRelu, thresholdedRelu, scaledTanh, hardSigmoid, elu, softsign, softplus";
const refused: readonly (readonly [() => unknown, string])[] = [
  [
    ofLstm({ merge: "sum" }),
    "lstm(2, 4, sum): merge is of two directions; add bidirectional, or leave it out.",
  ],
  [
    ofLstm({ bidirectional: true, merge: "max" }),
    'lstm(2, 4, max): merge is "max"; it must be concat, sum, mean, product.',
  ],
  [
    ofLstm({ bidirectional: true, reverse: true }),
    "lstm(2, 4, reverse): bidirectional has both directions; leave reverse out.",
  ],
  [
    ofLstm({ reverseOrder: "processed" }),
    'lstm(2, 4, processed): reverseOrder "processed" is of a reversed layer; add reverse, or leave it out.',
  ],
  [
    ofGru({ reverse: true, reverseOrder: "keras" }),
    'gru(2, 4, reverse, keras): reverseOrder is "keras"; it must be time, processed.',
  ],
  [ofLstm({ masked: "skip" }), 'lstm(2, 4, masked skip): masked is "skip"; it must be repeat, zero.'],
  [ofLstm({ bias: "both" }), 'lstm(2, 4): bias is "both"; it must be true, false, input, recurrent.'],
  [ofLstm({ dropout: 1 }), "lstm(2, 4): dropout is 1; it must be at least 0 and below 1."],
  [ofLstm({ inputDropout: -0.1 }), "lstm(2, 4): inputDropout is -0.1; it must be at least 0 and below 1."],
  [
    ofGru({ recurrentDropout: NaN }),
    "gru(2, 4): recurrentDropout is NaN; it must be at least 0 and below 1.",
  ],
  [ofRnn({ dropConnect: 2 }), "rnn_tanh(2, 4): dropConnect is 2; it must be at least 0 and below 1."],
  [
    ofLstm({ zoneout: { h: 0.1, c: 1 } }),
    'lstm(2, 4, zoneout {"h":0.1,"c":1}): zoneout of c is 1; it must be at least 0 and below 1.',
  ],
  [
    ofGru({ zoneout: { c: 0.1 } }),
    'gru(2, 4, zoneout {"c":0.1}): zoneout: there is no state "c", only h; name one of these.',
  ],
  [ofLstm({ projSize: 4 }), "lstm(2, 4, projected): projSize is 4; it must be below 4, hiddenSize."],
  [ofLstm({ projSize: 0 }), "lstm(2, 4, projected): projSize is 0; it must be a positive integer."],
  [
    ofGru({ projSize: 2 }),
    "gru(2, 4): projSize is 2; it must be given where the cell is projected, and nowhere else.",
  ],
  [
    () => recurrent(projecting, 2, 4),
    "projecting(2, 4): projSize is undefined; it must be given where the cell is projected, and nowhere else.",
  ],
  [
    ofLstm({ coupled: true, forgetBias: 1 }),
    "lstm: coupled has no gate f; leave out activations.f and forgetBias, or coupled.",
  ],
  [
    ofLstm({ coupled: true, activations: { f: "tanh" } }),
    "lstm: coupled has no gate f; leave out activations.f and forgetBias, or coupled.",
  ],
  [
    ofLstm({ forgetBias: 1, bias: false }),
    "lstm: forgetBias is 1 with bias false; it must be a number, of a bias.",
  ],
  [ofLstm({ forgetBias: NaN }), "lstm: forgetBias is NaN with bias true; it must be a number, of a bias."],
  [ofLstm({ layerNorm: true, bias: true }), "lstm: layerNorm has biases of its own; leave out bias."],
  [ofGru({ layerNorm: true, bias: "input" }), "gru: layerNorm has biases of its own; leave out bias."],
  [
    ofGru({ layerNorm: true, resetAfter: false }),
    "gru: layerNorm normalizes R h before the reset; leave out resetAfter: false, or it.",
  ],
  [ofLstm({ clip: 0 }), "lstm: clip is 0; it must be a positive number."],
  [
    ofLstm({ cellClip: Number.POSITIVE_INFINITY }),
    "lstm: cellClip is Infinity; it must be a positive number.",
  ],
  [ofGru({ clip: -1 }), "gru: clip is -1; it must be a positive number."],
  [ofRnn({ clip: NaN }), "rnn: clip is NaN; it must be a positive number."],
  [ofRnn({ nonlinearity: "Relu" }), `rnn: nonlinearity is "Relu"; it must be one of ${names}.`],
  [ofLstm({ activations: { i: "gelu" } }), `lstm: activations.i is "gelu"; it must be one of ${names}.`],
  [
    ofGru({ activations: { h: "tanh" } }),
    'gru: activations: there is no gate "h", only r, z, n; name one of these.',
  ],
  [
    ofRnn({ nonlinearity: { kind: "tanh", alpha: 1 } }),
    "rnn: nonlinearity: alpha is 1; it must be left out: tanh takes none.",
  ],
  [
    ofRnn({ nonlinearity: { kind: "elu", beta: 1 } }),
    "rnn: nonlinearity: beta is 1; it must be left out: elu takes none.",
  ],
  [
    ofRnn({ nonlinearity: { kind: "elu", alpha: 1e39 } }),
    "rnn: nonlinearity: alpha is 1e+39; it must be a finite number.",
  ],
  [
    () => minGru(2, 4, { recurrentDropout: 0.1 }),
    "min_gru(2, 4): the cell has no recurrent weights; leave out what is of them (recurrentDropout, dropConnect, bias).",
  ],
  [
    () => indRnn(2, 4, { bias: "recurrent" }),
    "ind_rnn(2, 4): the cell has no recurrent weights; leave out what is of them (recurrentDropout, dropConnect, bias).",
  ],
];

test.each(refused)("%#: %s", (make, message) => {
  expect(make).toThrow(new ShapeError(message));
});

/** A trainer's file, which its own network goes on from and the other's must not. */
async function saved(net: Model): Promise<Uint8Array<ArrayBuffer>> {
  const trainer = await cpu().trainer(net as never, { ...sizes, seed: 1 } as never);
  return trainer.save();
}
const sizes = { batchSize: 1, sequenceLength: 2, loss: squaredError(), optimizer: sgd({ lr: 1 }) };

describe("a checkpoint of another cell with the same weights is refused", () => {
  const pairs: readonly (readonly [string, Model, string, Model])[] = [
    ["lstm(2, 4)", lstm(2, 4), "lstm(2, 4, clip 1)", lstm(2, 4, { clip: 1 })],
    ["lstm(2, 4, clip 2)", lstm(2, 4, { clip: 2 }), "lstm(2, 4, clip 1)", lstm(2, 4, { clip: 1 })],
    ["lstm(2, 4)", lstm(2, 4), "lstm(2, 4, cellClip 1)", lstm(2, 4, { cellClip: 1 })],
    ["gru(2, 4)", gru(2, 4), "gru(2, 4, reverse)", gru(2, 4, { reverse: true })],
    [
      "gru(2, 4, z hardSigmoid(0.2 0.5))",
      gru(2, 4, { activations: { z: "hardSigmoid" } }),
      "gru(2, 4)",
      gru(2, 4),
    ],
    ["rnn_tanh(2, 4)", rnn(2, 4), "rnn_elu(1)(2, 4)", rnn(2, 4, { nonlinearity: "elu" })],
    ["gru(2, 4)", gru(2, 4), "gru(2, 4, zoneout 0.1)", gru(2, 4, { zoneout: 0.1 })],
  ];
  test.each(pairs)("%s, where it is %s", async (theirs, from, ours, to) => {
    const bytes = await saved(from);
    await cpu().trainer(from as never, { ...sizes, resume: bytes } as never);
    const resumed = cpu().trainer(to as never, { ...sizes, resume: bytes } as never);
    await expect(resumed).rejects.toThrow(WeightsError);
    await expect(resumed).rejects.toThrow(`the file has layer  ${theirs}; this trainer has layer  ${ours}.`);
  });
});

test("the weights of each option, by name", () => {
  const shapes = (net: Model) => Object.fromEntries(net.shapes);
  const norm = (gates: string) =>
    ["ih", "hh"].flatMap((half) =>
      [...gates].flatMap((k) =>
        ["weight", "bias"].map((what) => [`layer_norm_${what}_${half}_${k}_l0`, [4]]),
      ),
    );
  expect(shapes(lstm(3, 4, { coupled: true, peephole: true, bias: false }))).toEqual({
    weight_ih_l0: [12, 3],
    weight_hh_l0: [12, 4],
    peephole_i_l0: [4],
    peephole_o_l0: [4],
  });
  expect(shapes(lstm(3, 4, { layerNorm: true, bidirectional: true }))).toMatchObject({
    weight_ih_l0: [16, 3],
    ...Object.fromEntries(norm("ifgo")),
    layer_norm_weight_c_l0_reverse: [4],
  });
  expect(shapes(gru(3, 4, { layerNorm: true }))).toEqual({
    weight_ih_l0: [12, 3],
    weight_hh_l0: [12, 4],
    ...Object.fromEntries(norm("rzn")),
  });
  expect(shapes(indRnn(3, 4))).toEqual({ weight_ih_l0: [4, 3], bias_ih_l0: [4], u_l0: [4] });
  expect(shapes(minGru(3, 4))).toEqual({ weight_ih_l0: [8, 3], bias_ih_l0: [8] });
  expect(shapes(minLstm(3, 4))).toEqual({ weight_ih_l0: [12, 3], bias_ih_l0: [12] });
  expect(shapes(mgu(3, 4, { bias: false }))).toEqual({ weight_ih_l0: [8, 3], weight_hh_l0: [8, 4] });
});

test("forgetBias is what the rows of f begin at, in one of the biases", () => {
  const at = (net: Model, name: string) => Array.from(net.initialWeights().get(name)?.data ?? []);
  const both = lstm(3, 2, { forgetBias: 3, bidirectional: true });
  for (const end of ["", "_reverse"]) {
    expect(at(both, `bias_ih_l0${end}`).slice(2, 4)).toEqual([3, 3]);
    expect(at(both, `bias_hh_l0${end}`).slice(2, 4)).toEqual([0, 0]);
    for (const name of [`bias_ih_l0${end}`, `bias_hh_l0${end}`]) {
      const others = at(both, name).filter((_, row) => row < 2 || row >= 4);
      expect(others.every((v) => v !== 0 && Math.abs(v) <= 1 / Math.sqrt(2))).toBe(true);
    }
  }
  expect(at(lstm(3, 2, { forgetBias: 1, bias: "recurrent" }), "bias_hh_l0").slice(2, 4)).toEqual([1, 1]);
  expect(at(lstm(3, 2, { forgetBias: 1, bias: "input" }), "bias_ih_l0").slice(2, 4)).toEqual([1, 1]);
});

test("learned initial states are zero at first", () => {
  const net = lstm(3, 4, { learnedState: true, projSize: 2, bidirectional: true });
  expect(Object.fromEntries(net.shapes)).toMatchObject({
    h0_l0: [2],
    c0_l0_reverse: [4],
    weight_hr_l0: [2, 4],
  });
  expect(Array.from(net.initialWeights().get("h0_l0_reverse")?.data ?? [])).toEqual([0, 0]);
});

test("what is normalized has gains of 1 and biases of 0 at first, the forget gate's as told", () => {
  const at = (net: Model, name: string) => Array.from(net.initialWeights().get(name)?.data ?? []);
  const net = lstm(3, 4, { layerNorm: true, forgetBias: 3 });
  expect(at(net, "layer_norm_weight_hh_g_l0")).toEqual([1, 1, 1, 1]);
  expect(at(net, "layer_norm_weight_c_l0")).toEqual([1, 1, 1, 1]);
  expect(at(net, "layer_norm_bias_hh_f_l0")).toEqual([0, 0, 0, 0]);
  expect(at(net, "layer_norm_bias_ih_f_l0")).toEqual([3, 3, 3, 3]);
  expect(at(net, "layer_norm_bias_ih_i_l0")).toEqual([0, 0, 0, 0]);
});
