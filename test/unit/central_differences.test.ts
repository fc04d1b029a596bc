// Every cell, of one to three layers, in one and both directions, with and without biases and initial states,
// and every loss: gradients of inputs, initial states and all weights against central differences in float64.

import { describe, expect, test } from "vitest";
import {
  type Cell,
  type Floats,
  gru,
  linear,
  lstm,
  type Model,
  type RecurrentOptions,
  recurrent,
  rnn,
  sequential,
} from "../../src/index.js";
import { tokens } from "../agree_check.js";
import {
  chained,
  delayed,
  kinks,
  kinksWithMargin,
  leaky,
  mgu,
  minGru,
  mixed,
  normed,
  peephole,
  reluWithMargin,
  resetBefore,
  smooth,
  threeStates,
  twoFed,
} from "../cells_p07.js";
import { checkDifferences, float64, type Numbers, type Objective } from "../differences_check.js";
import { wirings } from "../wirings.js";

type Make = (inputSize: number, hiddenSize: number, options: RecurrentOptions) => Model;

const of =
  (cell: Cell): Make =>
  (inputSize, hiddenSize, options) =>
    recurrent(cell, inputSize, hiddenSize, options);

interface Family {
  readonly name: string;
  readonly make: Make;
  readonly states: readonly string[];
  /** A twin of the same weights, whose last state is the least distance from a kink so far. */
  readonly margin?: Make;
}

const relu: Make = (I, H, o) => rnn(I, H, { ...o, nonlinearity: "relu" });
const before: Make = (I, H, o) => gru(I, H, { ...o, resetAfter: false });
const families: readonly Family[] = [
  { name: "rnn", make: rnn, states: ["h"] },
  { name: "rnn with relu", make: relu, states: ["h"], margin: of(reluWithMargin) },
  { name: "lstm", make: lstm, states: ["h", "c"] },
  { name: "gru", make: gru, states: ["h"] },
  { name: "gru that resets before", make: before, states: ["h"] },
  { name: "mgu", make: of(mgu), states: ["h"] },
  { name: "peephole", make: of(peephole), states: ["h", "c"] },
  { name: "resetBefore", make: of(resetBefore), states: ["h"] },
  { name: "normed", make: of(normed), states: ["h"] },
  { name: "minGru", make: of(minGru), states: ["h"] },
  { name: "leaky", make: of(leaky), states: ["h"] },
  { name: "mixed", make: of(mixed), states: ["h"] },
  { name: "threeStates", make: of(threeStates), states: ["h", "c", "m"] },
  { name: "twoFed", make: of(twoFed), states: ["h", "m"] },
  { name: "delayed", make: of(delayed), states: ["h", "s", "u"] },
  { name: "chained", make: of(chained), states: ["h"] },
  { name: "smooth", make: of(smooth), states: ["h"] },
  { name: "kinks", make: of(kinks), states: ["h"], margin: of(kinksWithMargin) },
];

const [B, T, I, H, V] = [2, 3, 3, 4, 5];

interface Variant {
  readonly numLayers: number;
  readonly bidirectional: boolean;
  readonly reverse?: boolean;
  readonly bias: boolean;
  /** Whether initial states are given. */
  readonly given: boolean;
}

const flags = [false, true];
const variants: readonly Variant[] = [1, 2, 3].flatMap((numLayers) =>
  flags.flatMap((bidirectional) =>
    flags.flatMap((bias) => flags.map((given) => ({ numLayers, bidirectional, bias, given }))),
  ),
);
const backwards: Variant = { numLayers: 2, bidirectional: false, reverse: true, bias: true, given: true };

function optionsOf({ numLayers, bidirectional, bias, reverse = false }: Variant): RecurrentOptions {
  return { numLayers, bias, ...(bidirectional ? { bidirectional } : { reverse }) };
}

const directions = ({ bidirectional }: Variant): number => (bidirectional ? 2 : 1);
const statesOf = (variant: Variant): number[] => [variant.numLayers * directions(variant), B, H];

/** Whether a unit comes within 1e-3 of a kink. */
async function isNear(
  twin: Make,
  variant: Variant,
  weights: ReadonlyMap<string, Numbers>,
  inputs: ReadonlyMap<string, Numbers>,
): Promise<boolean> {
  const own = new Map([...weights].map(([name, tensor]) => [name.replace(/^rnn\./, ""), tensor]));
  own.delete("head.weight");
  own.delete("head.bias");
  const session = await float64.session(twin(I, H, optionsOf(variant)), {
    weights: own,
    batchSize: B,
    sequenceLength: T,
  });
  const shape = statesOf(variant);
  const far = { shape, data: new Float64Array(shape[0] * B * H).fill(1) };
  const given = { ...Object.fromEntries(inputs), margin0: far };
  const { marginn } = session.runSync(given as never) as unknown as { marginn: Float64Array };
  session.dispose();
  return marginn.some((distance) => distance < 1e-3);
}

async function check(
  { make, states, margin }: Family,
  variant: Variant,
  objective: Objective,
  seed: number,
): Promise<void> {
  const layer = make(I, H, optionsOf(variant));
  const isHeaded = objective === "crossEntropy";
  const rnn = layer as Model<{ x: Floats }>; // all of them take x
  const net: Model = isHeaded ? sequential({ rnn, head: linear(directions(variant) * H, V) }) : layer;
  const initial = variant.given ? states.map((s) => [`${s}0`, statesOf(variant)]) : [];
  const report = await checkDifferences({
    net,
    objective,
    inputs: { x: [B, T, I], ...Object.fromEntries(initial) },
    batchSize: B,
    sequenceLength: T,
    seed,
    ...(margin && { isNearKink: (weights, inputs) => isNear(margin, variant, weights, inputs) }),
  });
  expect(report.worst, `${JSON.stringify(variant)}: ${report.where}`).toBeLessThanOrEqual(1e-7);
  expect(report.tensors).toBe(1 + initial.length + net.shapes.size);
}

describe.each(families)("$name", (family) => {
  test("cross entropy through a linear layer", async () => {
    for (const [seed, variant] of variants.entries()) {
      if (!variant.given) await check(family, variant, "crossEntropy", seed); // sequential takes none
    }
  });
  test.each(["squaredError", "outputs", "finals"] as const)("%s", async (objective) => {
    for (const [seed, variant] of [...variants, backwards].entries()) {
      await check(family, variant, objective, seed);
    }
  });
});

test.each(wirings)("$name", async ({ net, inputs, tokens: ids = {}, batchSize, sequenceLength, outputs }) => {
  const drawn = Object.entries(ids).map(([name, { shape, V: size }], k) => [name, tokens(shape, size, k)]);
  const ofY: readonly Objective[] = outputs === 1 ? ["crossEntropy", "squaredError"] : [];
  for (const objective of ["outputs" as const, ...ofY]) {
    const report = await checkDifferences({
      net,
      objective,
      inputs,
      tokens: Object.fromEntries(drawn),
      batchSize,
      sequenceLength,
      seed: 7,
    });
    expect(report.worst, report.where).toBeLessThanOrEqual(1e-7);
    expect(report.tensors).toBe(Object.keys(inputs).length + net.shapes.size);
  }
});
