// Pooling, attention, layer normalization and halves on the CPU: outputs by their equations, gradients against
// central differences, what is refused; and layer normalization as PyTorch computes it.

import { describe, expect, test } from "vitest";
import {
  add,
  attention,
  cpu,
  halves,
  input,
  layerNorm,
  linear,
  type Model,
  model,
  pool,
  rnn,
  ShapeError,
  sequential,
  sgd,
  squaredError,
} from "../../src/index.js";
import { calls, deviation } from "../agree_check.js";
import { checkDifferences } from "../differences_check.js";
import { directions, inputsOf, stepsCases } from "../steps_check.js";

describe.each(stepsCases)("$name", (c) => {
  test.each(["float64", "float32"] as const)("gives what the equations say in %s", async (precision) => {
    const weights = c.net.initialWeights({ seed: 3 });
    const inputs = inputsOf(c);
    const backend = precision === "float64" ? cpu({ precision }) : cpu();
    const { outputs } = await calls(backend).gradients(c.net, { weights, inputs, cotangents: {} });
    const want = c.y(inputs, weights);
    expect(deviation(outputs.y.data, want)).toBeLessThanOrEqual(precision === "float64" ? 1e-12 : 2e-6);
  });

  test("has the gradients of central differences", async () => {
    const { net, inputs, ints, batchSize, sequenceLength } = c;
    const report = await checkDifferences({
      net,
      objective: "outputs",
      inputs,
      tokens: ints,
      batchSize,
      sequenceLength,
      seed: 5,
    });
    expect(report.worst, report.where).toBeLessThanOrEqual(1e-7);
    expect(report.tensors).toBe(Object.keys(inputs).length + net.shapes.size);
  });
});

test("halves of a bidirectional layer are its directions", async () => {
  const weights = directions.both.initialWeights({ seed: 1 });
  const c = { ...stepsCases[0], inputs: { x: [2, 5, 3] }, ints: {} };
  const request = { weights, inputs: inputsOf(c), cotangents: {} };
  const both = await calls(cpu()).gradients(directions.both, request);
  const own = new Map([...weights].filter(([name]) => !name.endsWith("_reverse")));
  const one = await calls(cpu()).gradients(directions.forward, { ...request, weights: own });
  expect(both.outputs.forward).toEqual(one.outputs.y);
  expect(both.outputs.backward.data).not.toEqual(one.outputs.y.data);
});

test("layerNorm begins as the identity of what is normalized", () => {
  const weights = layerNorm(3).initialWeights({ seed: 4 });
  expect([...(weights.get("weight")?.data ?? [])]).toEqual([1, 1, 1]);
  expect([...(weights.get("bias")?.data ?? [])]).toEqual([0, 0, 0]);
});

describe("is refused", () => {
  const bad: readonly (readonly [string, () => unknown, string])[] = [
    [
      "an unknown pooling",
      () => pool("first" as never),
      'pool: how is "first"; it must be last, mean, max, attention.',
    ],
    [
      "attention pooling of a value of unknown size",
      () => model({ p: pool("attention") }, { x: input.features() }, ({ p }, { x }) => p(x)),
      "pool: the size of x is not known; declare it, as in input.features(16).",
    ],
    [
      "pooling of a vector",
      () => model({ p: pool("mean") }, { x: input.vector(3) }, ({ p }, { x }) => p(x)),
      "p: x is [B, 3]; it must be [B, T, 3], as pool(mean) takes it.",
    ],
    [
      "a dot product of two sizes",
      () => attention(3, 4),
      "attention: sizes are 3 and 4; a dot product must be of one size. " +
        'Take score "general", or project one with linear.',
    ],
    [
      "an unknown score",
      () => attention(3, 4, { score: "bilinear" as never }),
      'attention: score is "bilinear"; it must be dot, general, additive.',
    ],
    [
      "attention without a memory",
      () =>
        model({ a: attention(3, 3) }, { x: input.features(3) }, ({ a }, { x }) =>
          (a as (...all: unknown[]) => never)(x),
        ),
      "a: memory is undefined; it must be a value of this one: an input, or what a layer gives.",
    ],
    ["a size", () => layerNorm(0), "layerNorm: size is 0; it must be a positive integer."],
    ["eps", () => layerNorm(3, { eps: 0 }), "layerNorm: eps is 0; it must be a positive number."],
    [
      "halves of an odd size",
      () => model({}, { x: input.features(3) }, (_, { x }) => halves(x)[0]),
      "halves: the value is [B, T, 3]; it must be a bidirectional layer's, of an even last axis.",
    ],
    [
      "halves of no value",
      () =>
        model({ one: rnn(3, 4) }, { x: input.features(3) }, ({ one }, { x }) => halves(one(x) as never)[0]),
      "model: a value is missing; wire what layers give and inputs are.",
    ],
  ];
  test.each(bad)("%s", (_, make, message) => {
    expect(make).toThrow(new ShapeError(message));
  });
});

test("dispatches", () => {
  const o = { batchSize: 2, sequenceLength: 5 };
  const trained = { ...o, loss: squaredError(), optimizer: sgd({ lr: 1 }) };
  const usual = 2 + 2 + 1; // loss, norm, update
  const [backward, projected] = [1, 1 + 1]; // a product and its weights' gradient
  const count = (net: Model): [number, number] => [
    net.plan(o).cost().dispatches,
    net.plan(trained as never).cost().dispatches - usual,
  ];
  const x = { x: input.features(4) };
  const both = { q: input.features(4), m: input.features(4) };
  for (const how of ["last", "mean", "max"] as const) {
    expect(count(sequential({ up: linear(4, 4), p: pool(how) }))).toEqual([2, projected + 1 + backward]);
  }
  const attended = model({ p: pool("attention") }, x, ({ p }, { x: steps }) => p(steps));
  // back: products 3, softmax, the sum for v, tanh, W and b
  expect(count(attended)).toEqual([5, 5 + 3 + 4]);
  const publish = 1;
  const scores = { dot: [3, undefined], general: [4, 4 + 3 + 1], additive: [5, 5 + 3 + 2 + 2 + 1] } as const;
  for (const [score, [forward, all]] of Object.entries(scores)) {
    const net = model({ a: attention(4, 4, { score: score as "dot" }) }, both, ({ a }, { q, m }) => a(q, m));
    const [inference, training] = count(net);
    expect(inference, score).toBe(forward + publish);
    if (all) expect(training, score).toBe(all); // nobody wants the gradients of query and memory
  }
  expect(count(layerNorm(4))).toEqual([1 + publish, 1 + 3]);
  const plain = sequential({ up: linear(4, 4), norm: layerNorm(4, { elementwiseAffine: false }) });
  expect(count(plain)).toEqual([1 + 1 + publish, projected + 1 + backward]);
  // halves lie in the value: forward they cost nothing, backward one each
  const halved = model({ a: linear(4, 4) }, x, ({ a }, { x: steps }) => add(...halves(a(steps))));
  expect(count(halved)).toEqual([1 + 1 + publish, projected + 1 + 2 + 2]);
});
