// A linear layer with a function of its own is the function of a linear layer: the same outputs and gradients, where
// the function is the end of the product and its derivative is one of the result.

import { expect, test } from "vitest";
import { cpu, input, linear, model, relu, sigmoid, tanh } from "../../src/index.js";
import { floats } from "../agree_check.js";

const functions = { tanh, sigmoid, relu };
const [B, T] = [3, 4];

test.each(["tanh", "sigmoid", "relu"] as const)("%s", async (activation) => {
  const apart = model({ a: linear(5, 6) }, { x: input.features(5) }, ({ a }, { x }) =>
    functions[activation](a(x)),
  );
  const whole = model({ a: linear(5, 6, { activation }) }, { x: input.features(5) }, ({ a }, { x }) => a(x));
  using backend = cpu({ precision: "float64" });
  const weights = whole.initialWeights({ seed: 3 });
  const given = { weights, inputs: { x: floats([B, T, 5], 1) }, cotangents: { y: floats([B, T, 6], 2) } };
  const want = await backend.gradients(apart, given);
  const got = await backend.gradients(whole, given);
  expect(got.outputs).toEqual(want.outputs);
  expect(got.inputs).toEqual(want.inputs);
  expect(got.weights).toEqual(want.weights);
  expect(got.outputs.y.data.some((y) => y !== 0)).toBe(true);
  const dispatches = [whole, apart].map(
    (net) => net.plan({ batchSize: B, sequenceLength: T }).cost().dispatches,
  );
  expect(dispatches).toEqual([2, 3]); // and what puts y into its order
});
