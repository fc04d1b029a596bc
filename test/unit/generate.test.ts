// generate on the CPU: what it does everywhere, the draws themselves, other inputs, and bad requests.

import { describe, expect, test } from "vitest";
import { openCpu } from "../../src/backends/cpu/open.js";
import {
  add,
  cpu,
  embedding,
  gru,
  input,
  linear,
  lstm,
  model,
  ShapeError,
  sequential,
} from "../../src/index.js";
import { still } from "../../src/kernels/kernel.js";
import { askedOf, type Sampling, sampleOf } from "../../src/kernels/sample.js";
import { type Buffer, Plan } from "../../src/plan/plan.js";
import { calls } from "../agree_check.js";
import { generateSuite, sessionOf, V, weights, writer } from "../generate_check.js";

const float32 = cpu();
describe("float32", () => generateSuite(() => float32));
describe("float64", () => generateSuite(() => float64));
const float64 = cpu({ precision: "float64" });

/** The first token of each of B sequences, which have the same logits. */
async function drawn(logits: readonly number[], B: number, o: Sampling) {
  const V = logits.length;
  const plan = new Plan();
  const integers = (name: string, size: number): Buffer => plan.buffer(name, [size], "input", "u32");
  const [asked, place, tokens, ids] = [
    integers("asked", 6),
    integers("place", B),
    integers("tokens", B),
    integers("ids", B),
  ];
  const bound = { logits: plan.buffer("logits", [B, V], "input"), asked, place, tokens, ids };
  const likelihoods = plan.buffer("likelihoods", [B], "output");
  plan.dispatch(sampleOf(V), { ...bound, likelihoods }, { B, V, logits_0: 0, N: 1, digits: 1 });
  const runnable = await openCpu({ precision: "float64" }).build(plan, new Map());
  runnable.write(
    bound.logits,
    Float64Array.from({ length: B * V }, (_, k) => logits[k % V]),
  );
  runnable.write(asked, askedOf(1, o));
  return runnable.run(still, [ids, likelihoods]);
}

describe("a draw", () => {
  const probabilities = [0.4, 0.1, 0.2, 0.25, 0.05];
  const logits = probabilities.map((p) => Math.log(p) + 3);
  const counts = async (o: Sampling): Promise<number[]> => {
    const found = [0, 0, 0, 0, 0];
    for (const id of (await drawn(logits, 20_000, o))[0]) found[id] += 1 / 20_000;
    return found;
  };
  const expectNear = async (o: Sampling, wanted: readonly number[]): Promise<void> => {
    (await counts(o)).forEach((found, id) => {
      if (wanted[id] === 0) expect(found).toBe(0);
      else expect(Math.abs(found - wanted[id])).toBeLessThan(0.015);
    });
  };
  const scaled = (values: readonly number[]): number[] => {
    const sum = values.reduce((a, b) => a + b);
    return values.map((p) => p / sum);
  };

  test("is of softmax(logits / temperature)", async () => {
    await expectNear({}, probabilities);
    await expectNear({ temperature: 0.5 }, scaled(probabilities.map((p) => p ** 2)));
    await expectNear({ temperature: 3 }, scaled(probabilities.map((p) => p ** (1 / 3))));
    await expectNear({ temperature: 0 }, [1, 0, 0, 0, 0]);
  });

  test("is of the topK likeliest, of the fewest that sum to topP", async () => {
    await expectNear({ topK: 2 }, scaled([0.4, 0, 0, 0.25, 0]));
    await expectNear({ topK: 99 }, probabilities);
    await expectNear({ topP: 0.6 }, scaled([0.4, 0, 0, 0.25, 0]));
    await expectNear({ topP: 0.66 }, scaled([0.4, 0, 0.2, 0.25, 0]));
    await expectNear({ topP: 0.4 - 1e-6 }, [1, 0, 0, 0, 0]);
    await expectNear({ topP: 0.9, topK: 3 }, scaled([0.4, 0, 0.2, 0.25, 0]));
  });

  test("tells the token's own probability, and survives large logits", async () => {
    const [ids, likelihoods] = await drawn(logits, 50, { temperature: 2, topK: 4 });
    ids.forEach((id, n) => {
      expect(likelihoods[n]).toBeCloseTo(Math.log(probabilities[id]), 6);
    });
    expect(await drawn([1e30, -1e30, 0], 2, {})).toEqual([Uint32Array.of(0, 0), Float64Array.of(0, 0)]);
  });
});

test("other inputs are held", async () => {
  const net = model(
    { embed: embedding(V, 4), mood: linear(2, 4), rnn: gru(4, 5), head: linear(5, V) },
    { x: input.tokens(), z: input.features(2) },
    ({ embed, mood, rnn, head }, { x, z }) => head(rnn(add(embed(x), mood(z))).y),
  );
  const sizes = { batchSize: 1, sequenceLength: 1, stateful: true };
  const session = await calls(float32).session(net, { ...sizes, weights: net.initialWeights({ seed: 1 }) });
  const o = { prompt: [1], maxTokens: 20, seed: 4 };
  const write = (z: number): Promise<Int32Array> => {
    session.state.reset();
    return session.generate({ ...o, inputs: { z: Float32Array.of(z, -z) } });
  };
  const [calm, wild, again] = [await write(0), await write(9), await write(0)];
  expect(again).toEqual(calm);
  expect(wild).not.toEqual(calm);
  await expect(session.generate(o)).rejects.toThrow(
    "session.run: z: it is missing, it must be Float32Array or Float64Array of 2 for [1, 1, 2]; give that.",
  );
});

describe("a bad request is refused before anything runs", () => {
  const prompt = [0, 0];
  const bad: readonly (readonly [object, string])[] = [
    [
      { prompt: [] },
      "session.generate: the prompt has 0 tokens; it must have as many for each of 2 sequences, at least one. Give [batchSize, P] tokens.",
    ],
    [
      { prompt: [1, 2, 3] },
      "session.generate: the prompt has 3 tokens; it must have as many for each of 2 sequences, at least one. Give [batchSize, P] tokens.",
    ],
    [
      { prompt: [0, 0, 0, 12] },
      "session.generate: prompt has 12 at 3; tokens must be at least 0 and below 12, the embedding's vocabulary.",
    ],
    [{ maxTokens: -1 }, "session.generate: maxTokens is -1; it must be an integer, at least 0."],
    [{ temperature: -1 }, "session.generate: temperature is -1; it must be at least 0."],
    [{ temperature: Number.NaN }, "session.generate: temperature is NaN; it must be at least 0."],
    [{ topK: 0 }, "session.generate: topK is 0; it must be a positive integer."],
    [{ topP: 0 }, "session.generate: topP is 0; it must be above 0 and at most 1."],
    [{ topP: 1.5 }, "session.generate: topP is 1.5; it must be above 0 and at most 1."],
    [{ seed: 0.1 }, "session.generate: seed: the seed is 0.1, it must be an integer; Date.now() is one."],
  ];
  test.each(bad)("%o", async (o, message) => {
    const session = await sessionOf(float32);
    await session.run({ x: [1, 2] }, []);
    const before = await session.state.read();
    const error = await session.generate({ prompt, maxTokens: 2, ...o }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ShapeError);
    expect((error as Error).message).toBe(message);
    expect(await session.state.read()).toEqual(before);
  });

  test("of sessions that cannot write", async () => {
    const open = (net: object, o: object) => calls(float32).session(net as typeof writer, o);
    const request = { prompt: [0], maxTokens: 1 };
    const still = await open(writer, { weights, batchSize: 1, sequenceLength: 1 });
    await expect(still.generate(request)).rejects.toThrow(
      "session.generate: the session must carry its state; make one with stateful: true.",
    );
    const net = sequential({ rnn: lstm(3, 4) });
    const floats = await open(net, {
      weights: net.initialWeights(),
      batchSize: 1,
      sequenceLength: 1,
      stateful: true,
    });
    await expect(floats.generate(request)).rejects.toThrow(
      "session.generate: the network takes tokens as nothing and gives y; it must take one input of tokens and give y. Hold others by inputs.",
    );
  });
});
