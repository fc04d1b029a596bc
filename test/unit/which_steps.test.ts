// How lengths and masks come to the layers that take them: through sequential, as inputs of a bare layer and
// of model(), wherever a layer is called; and what is refused. What the layers make of them is tested with
// each.

import { describe, expect, test } from "vitest";
import {
  cpu,
  embedding,
  input,
  linear,
  lstm,
  type Model,
  model,
  rnn,
  ShapeError,
  sequential,
} from "../../src/index.js";
import { networkOf } from "../../src/network/network.js";
import { calls, floats } from "../agree_check.js";

const [B, T] = [2, 3];
const text = sequential({ embed: embedding(5, 3), one: rnn(3, 4), mid: linear(4, 3), two: lstm(3, 4) });

/** The inputs by which each node of a network is fed with which steps there are. */
function fedBy(net: Model): string[] {
  const { nodes, inputs } = networkOf(net).trace;
  const nameOf = (edge: unknown): string | undefined => [...inputs].find(([, one]) => one === edge)?.[0];
  return nodes.map(({ name, given }) => `${name}${nameOf(given.lengths) ?? ""},${nameOf(given.mask) ?? ""}`);
}

describe("which steps there are", () => {
  test("sequential hands them to every layer that takes them", () => {
    expect(fedBy(text)).toEqual(["embed.,", "one.lengths,mask", "mid.,", "two.lengths,mask"]);
    const { optional, initial } = networkOf(text).trace;
    expect([...optional]).toEqual(["lengths", "mask"]);
    expect([...initial]).toEqual([]);
    expect(fedBy(sequential({ a: linear(2, 3), b: linear(3, 2) }))).toEqual(["a.,", "b.,"]);
  });

  test("sequential within sequential hands them on", () => {
    expect(fedBy(sequential({ text, head: linear(4, 2) }))).toEqual([
      "text.embed.,",
      "text.one.lengths,mask",
      "text.mid.,",
      "text.two.lengths,mask",
      "head.,",
    ]);
  });

  test("model() says for each call", () => {
    const net = model(
      { text, again: rnn(4, 4) },
      { x: input.tokens(), n: input.lengths(), there: input.mask() },
      ({ text: read, again }, { x, n, there }) => again(read(x, { lengths: n }), { mask: there }).y,
    );
    expect(fedBy(net)).toEqual(["text.embed.,", "text.one.n,", "text.mid.,", "text.two.n,", "again.,there"]);
    expect(networkOf(net).trace.optional.size).toBe(0);
  });

  const refused: readonly (readonly [string, () => unknown, string])[] = [
    [
      "floats as lengths",
      () =>
        model(
          { one: rnn(3, 4) },
          { x: input.features(3), n: input.vector(1) },
          ({ one }, { x, n }) => one(x, { lengths: n as never }).y,
        ),
      "one: lengths is floats; it must be integers, as rnn_tanh(3, 4) takes them. Declare such, as input.tokens().",
    ],
    [
      "lengths as a mask",
      () =>
        model(
          { one: rnn(3, 4) },
          { x: input.features(3), n: input.lengths() },
          ({ one }, { x, n }) => one(x, { mask: n }).y,
        ),
      "one: mask is [B]; it must be [B, T], as rnn_tanh(3, 4) takes it.",
    ],
    [
      "lengths into a layer that takes none",
      () =>
        model({ one: linear(3, 4) }, { x: input.features(3), n: input.lengths() }, ({ one }, { x, n }) =>
          (one as (...all: unknown[]) => never)(x, { lengths: n }),
        ),
      'one: there is no input "lengths", only x; name one of these.',
    ],
    [
      "both, where a plan is made",
      () =>
        model(
          { one: rnn(3, 4) },
          { x: input.features(3), n: input.lengths(), there: input.mask() },
          ({ one }, { x, n, there }) => one(x, { lengths: n, mask: there }).y,
        ).plan({ batchSize: B, sequenceLength: T }),
      "one.lengths: a mask is given too; it must be one of them. Leave one out.",
    ],
  ];
  test.each(refused)("%s", (_, make, message) => {
    expect(make).toThrow(new ShapeError(message));
  });

  test("both of a bare layer, and what is no length or no mask", async () => {
    const net = rnn(3, 4);
    const shape = { lengths: [B], mask: [B, T] };
    const ints = (of: readonly number[], value: number) => ({
      shape: of,
      data: new Int32Array(of.reduce((n, d) => n * d, 1)).fill(value),
    });
    const gradients = (more: object): Promise<unknown> =>
      calls(cpu()).gradients(net, {
        weights: net.initialWeights(),
        inputs: { x: floats([B, T, 3], 1), ...more },
        cotangents: {},
      });
    for (const wrong of [-1, 4]) {
      await expect(gradients({ lengths: ints(shape.lengths, wrong) })).rejects.toThrow(
        new ShapeError(
          `gradients: lengths has ${wrong} at 0; lengths must be from 0 to 3, the steps that there are.`,
        ),
      );
    }
    await expect(gradients({ lengths: ints([B + 1], 1) })).rejects.toThrow(ShapeError);
    await expect(gradients({ mask: ints([B, T + 1], 1) })).rejects.toThrow(ShapeError);
    await expect(gradients({ lengths: ints(shape.lengths, 1), mask: ints(shape.mask, 1) })).rejects.toThrow(
      new ShapeError("lengths: a mask is given too; it must be one of them. Leave one out."),
    );
  });
});
