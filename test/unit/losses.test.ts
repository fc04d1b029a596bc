// Every loss against its definition in plain loops, and its gradient against central differences of that;
// what is refused; and losses that are infinite.

import { describe, expect, test } from "vitest";
import {
  binaryCrossEntropy,
  type CpuBackend,
  cpu,
  crossEntropy,
  ctc,
  huber,
  input,
  type Loss,
  linear,
  lstm,
  model,
  ShapeError,
  sequential,
  sgd,
  squaredError,
} from "../../src/index.js";
import { calls, deviation } from "../agree_check.js";
import { cpuBackends } from "../cpu_kinds.js";
import { float64 } from "../differences_check.js";
import { within } from "../goldens_ctc_check.js";
import { B, checkInfinite, checkLoss, lossCases, T, V, which } from "../losses_check.js";

describe.each(cpuBackends)("$name", ({ name: kind, backend }) => {
  test.each(lossCases)("$name", async (one) => {
    const [forward, backward] = kind === "float64" ? [1e-12, 1e-7] : [1e-6, 2e-6];
    for (const steps of ["all", "lengths", "mask"] as const) {
      if (steps === "mask" && one.loss.kind === "ctc") continue; // refused, below
      for (const batchFirst of [true, false]) {
        const off = await checkLoss(backend, one, steps, batchFirst);
        expect(off.forward, `${steps}: the loss`).toBeLessThanOrEqual(forward);
        expect(off.backward, `${steps}: its gradient`).toBeLessThanOrEqual(backward);
      }
    }
  });
});

test("the most that a call brings, of any number of columns", async () => {
  const x = { shape: [2, 3, 4], data: Float64Array.from({ length: 24 }, (_, k) => Math.sin(k)) };
  const lossOf = async (target: object, targetLengths: readonly number[], o = {}) => {
    const inputs = { x, target, targetLengths: { shape: [2], data: Int32Array.from(targetLengths) } };
    return (await calls(float64).gradients(within(4), { weights: {}, inputs, loss: ctc(o) })).loss;
  };
  const narrow = await lossOf({ shape: [2, 2], data: [1, 2, 3, 1] }, [2, 1]);
  expect(await lossOf({ shape: [2, 5], data: [1, 2, 9, 9, 9, 3, 9, 9, 9, 9] }, [2, 1])).toBe(narrow);
  expect(await lossOf([1, 2, 3, 1], [2, 1])).toBe(narrow);
  expect(await lossOf([1, 2, 3, 1], [2, 1], { maxLength: 2 })).toBe(narrow);
  expect(await lossOf({ shape: [2, 0], data: [] }, [0, 0])).toBeGreaterThan(0);
  // more labels than steps
  expect(await lossOf([1, 2, 3, 1, 1, 2, 3, 1], [4, 1])).toBe(Number.POSITIVE_INFINITY);
  const second = {
    x: { shape: [1, 3, 4], data: x.data.slice(12) },
    target: [1],
    targetLengths: { shape: [1], data: [1] },
  };
  const sum = { reduction: "sum" } as const;
  const alone = await calls(float64).gradients(within(4), { weights: {}, inputs: second, loss: ctc(sum) });
  const rest = await lossOf([1, 2, 3, 1, 1, 2, 3, 1], [4, 1], { ...sum, zeroInfinity: true });
  expect(rest).toBeCloseTo(alone.loss ?? 0, 12);
});

test("a sequence without steps and labels does not count, one without steps alone is infinite", async () => {
  const x = { shape: [2, 3, 4], data: Float64Array.from({ length: 24 }, (_, k) => Math.sin(k)) };
  const lossOf = async (lengths: readonly number[], targetLengths: readonly number[]) => {
    const ints = (data: readonly number[]) => ({ shape: [2], data: Int32Array.from(data) });
    const target = { shape: [2, 1], data: [1, 2] };
    const inputs = { x, lengths: ints(lengths), target, targetLengths: ints(targetLengths) };
    return (await calls(float64).gradients(within(4), { weights: {}, inputs, loss: ctc() })).loss;
  };
  const alone = { shape: [1, 3, 4], data: x.data.slice(0, 12) };
  const one = { x: alone, target: { shape: [1, 1], data: [1] }, targetLengths: { shape: [1], data: [1] } };
  const { loss } = await calls(float64).gradients(within(4), { weights: {}, inputs: one, loss: ctc() });
  expect(await lossOf([3, 0], [1, 0])).toBeCloseTo(loss ?? 0, 12);
  expect(await lossOf([3, 0], [1, 1])).toBe(Number.POSITIVE_INFINITY);
  expect(await lossOf([0, 0], [0, 0])).toBe(0);
});

test("where no step counts, the loss and its gradient are 0", async () => {
  for (const { loss, target } of lossCases.filter(({ loss: { kind } }) => kind !== "ctc")) {
    const x = { shape: [B, T, V], data: new Float64Array(B * T * V).fill(Number.NaN) };
    const lengths = { shape: [B], data: new Int32Array(B) };
    const inputs = { x, lengths, ...target };
    const got = await calls(float64).gradients(within(V), { weights: {}, inputs, loss });
    expect(got.loss).toBe(0);
    expect(Array.from(got.inputs.x.data, Math.abs)).toEqual(Array(B * T * V).fill(0));
  }
});

test.each([
  ["cross entropy", crossEntropy({ reduction: "sum" })],
  ["squared error", squaredError({ reduction: "sum" })],
  ["ctc", ctc({ reduction: "sum" })],
])("%s of a batch of unlike lengths is that of each sequence alone", async (_, loss) => {
  const net = sequential({ rnn: lstm(2, 3, { bidirectional: true, numLayers: 2 }), head: linear(6, V) });
  const weights = net.initialWeights({ seed: 5 });
  const [lengths, labels] = [[2, 4, 3], 1];
  const wave = (n: number, k: number) => Float64Array.from({ length: n }, (_, i) => Math.sin(i + 7 * k));
  const x = lengths.map((_, k) => wave(T * 2, k));
  const targets = lengths.map((_, k) => {
    if (loss.kind === "squaredError") return wave(T * V, k + 3);
    return loss.kind === "ctc"
      ? Int32Array.of(1 + (k % 2))
      : Int32Array.from({ length: T }, (_, t) => (t + k) % V);
  });
  const joined = (parts: readonly ArrayLike<number>[]) => parts.flatMap((part) => Array.from(part));
  const tensor = (data: readonly number[], rows: number, n: number) => {
    const isFloat = loss.kind === "squaredError";
    const shape = isFloat ? [rows, n / V, V] : [rows, n];
    return { shape, data: isFloat ? Float64Array.from(data) : Int32Array.from(data) };
  };
  const ints = (data: readonly number[]) => ({ shape: [data.length], data: Int32Array.from(data) });
  const isCtc = loss.kind === "ctc";
  const pass = async (inputs: object, count: number) => {
    const more = isCtc && { targetLengths: ints(Array(count).fill(labels)) };
    return calls(float64).gradients(net, { weights, inputs: { ...inputs, ...more }, loss });
  };
  const whole = await pass(
    {
      x: { shape: [3, T, 2], data: Float64Array.from(joined(x)) },
      lengths: ints(lengths),
      target: tensor(joined(targets), 3, targets[0].length),
    },
    3,
  );
  let sum = 0;
  const total = new Map([...whole.weights].map(([name, { data }]) => [name, new Float64Array(data.length)]));
  for (const [k, length] of lengths.entries()) {
    const size = isCtc ? 1 : (targets[k].length / T) * length;
    const alone = await pass(
      {
        x: { shape: [1, length, 2], data: x[k].slice(0, length * 2) },
        target: tensor(Array.from(targets[k]).slice(0, size), 1, size),
      },
      1,
    );
    sum += alone.loss ?? 0;
    for (const [name, { data }] of alone.weights) {
      const into = total.get(name);
      for (let i = 0; into && i < data.length; i += 1) into[i] += data[i];
    }
  }
  expect(whole.loss).toBeCloseTo(sum, 12);
  for (const [name, { data }] of whole.weights) {
    expect(deviation(data, total.get(name) ?? []), name).toBeLessThanOrEqual(1e-13);
  }
});

test("an infinite loss is told, and its update skipped", () => checkInfinite(cpu()));

test("losses of several outputs have targets, and lengths of targets, by output", async () => {
  const net = model({ a: linear(4, 3), b: linear(4, 2) }, { x: input.features(4) }, ({ a, b }, { x }) => ({
    text: a(x),
    score: b(x),
  }));
  const weights = net.initialWeights({ seed: 3 });
  const x = { shape: [1, 3, 4], data: Float64Array.from({ length: 12 }, (_, k) => Math.cos(k)) };
  const score = { shape: [1, 3, 2], data: Float64Array.from({ length: 6 }, (_, k) => Math.sin(k)) };
  const text = { shape: [1, 2], data: Int32Array.of(1, 2) };
  const lengths = { shape: [1], data: Int32Array.of(2) };
  const both = await float64.gradients(net, {
    weights,
    inputs: { x, target: { text, score }, targetLengths: { text: lengths } } as never,
    loss: { text: ctc(), score: huber() },
  });
  const one = await float64.gradients(net, {
    weights,
    inputs: { x, target: { text }, targetLengths: { text: lengths } } as never,
    loss: { text: ctc() },
  });
  const other = await float64.gradients(net, {
    weights,
    inputs: { x, target: { score } } as never,
    loss: { score: huber() },
  });
  expect(both.loss).toBeCloseTo(one.loss + other.loss, 12);
});

describe("dispatches", () => {
  const net = linear(4, 5);
  const dispatches = (loss: Loss): number =>
    net.plan({ batchSize: 2, sequenceLength: 3, loss, optimizer: sgd({ lr: 1 }) }).cost().dispatches;
  const usual = dispatches(crossEntropy());
  test.each([
    ["squared error", squaredError(), 0],
    ["huber", huber(), 0],
    ["binary cross entropy", binaryCrossEntropy(), 0],
    ["cross entropy, smoothed", crossEntropy({ labelSmoothing: 0.1 }), 0],
    ["ctc: normalizers and its gradient", ctc(), 2],
  ])("%s", (_, loss, more) => {
    expect(dispatches(loss)).toBe(usual + more);
  });
});

describe("what is refused", () => {
  const backend: CpuBackend = cpu();
  const net = within(V);
  const x = { shape: [B, T, V], data: new Float32Array(B * T * V) };
  const pass = (loss: Loss, given: object) => () =>
    calls(backend).gradients(net, { weights: {}, inputs: { x, ...given }, loss });
  const ints = (...data: number[]) => Int32Array.from(data);
  const [target, targetLengths] = [ints(0, 2, 0, 2, 0, 2), ints(2, 1, 0)];
  const numbers = new Float32Array(B * T * V);
  const refused: readonly (readonly [string, () => unknown, string])[] = [
    [
      "a reduction that there is not",
      () => squaredError({ reduction: "none" as never }),
      'squaredError: reduction is "none"; it must be mean, sum.',
    ],
    [
      "a reduction of ctc that there is not",
      () => ctc({ reduction: "max" as never }),
      'ctc: reduction is "max"; it must be mean, sum.',
    ],
    ["delta 0", () => huber({ delta: 0 }), "huber: delta is 0; it must be a positive number."],
    [
      "an infinite delta",
      () => huber({ delta: Number.POSITIVE_INFINITY }),
      "huber: delta is Infinity; it must be a positive number.",
    ],
    [
      "too much smoothing",
      () => crossEntropy({ labelSmoothing: 1.5 }),
      "crossEntropy: labelSmoothing is 1.5; it must be from 0 to 1.",
    ],
    [
      "smoothing that is no number",
      () => crossEntropy({ labelSmoothing: Number.NaN }),
      "crossEntropy: labelSmoothing is NaN; it must be from 0 to 1.",
    ],
    [
      "weights of other classes",
      pass(crossEntropy({ weight: new Float32Array(2) }), { target: new Int32Array(B * T) }),
      "crossEntropy: weight: it is Float32Array of 2, it must be Float32Array or Float64Array of 3 for [3]; " +
        "give that.",
    ],
    [
      "a negative weight",
      pass(crossEntropy({ weight: Float32Array.of(1, -2, 1) }), { target: new Int32Array(B * T) }),
      "crossEntropy: weight 1 is -2; it must be at least 0, and finite.",
    ],
    [
      "a share above 1",
      pass(binaryCrossEntropy(), { target: numbers.map((_, k) => (k === 5 ? 2 : 1)) }),
      "gradients: target: the number at 5 is 2; it must be from 0 to 1.",
    ],
    [
      "a blank that is no class",
      pass(ctc({ blank: 3 }), { target, targetLengths }),
      "ctc: blank is 3; it must be from 0 to 2, of the size of the output.",
    ],
    [
      "a negative blank",
      pass(ctc({ blank: -1 }), { target, targetLengths }),
      "ctc: blank is -1; it must be from 0 to 2, of the size of the output.",
    ],
    ["no labels at most", () => ctc({ maxLength: 0 }), "ctc: maxLength is 0; it must be a positive integer."],
    [
      "the blank as a label",
      pass(ctc({ blank: 0 }), { target, targetLengths }),
      "gradients: target: the number at 0 is 0; it must be from 0 to 2, of the size of the output, and not 0, the blank.",
    ],
    [
      "a label that is too large",
      pass(ctc(), { target: ints(1, 3, 1, 1, 1, 1), targetLengths }),
      "gradients: target: the number at 1 is 3; it must be from 0 to 2, of the size of the output, and not 0, the blank.",
    ],
    [
      "more labels than are given",
      pass(ctc({ blank: 1 }), { target, targetLengths: ints(2, 3, 0) }),
      "gradients: target: targetLengths 1 is 3; it must be from 0 to 2.",
    ],
    [
      "more labels than there may be",
      pass(ctc({ blank: 1, maxLength: 1 }), { target, targetLengths }),
      "gradients: target: targetLengths 0 is 2; it must be from 0 to 1.",
    ],
    [
      "a negative length",
      pass(ctc({ blank: 1 }), { target, targetLengths: ints(-1, 0, 0) }),
      "gradients: target: targetLengths 0 is -1; it must be from 0 to 2.",
    ],
    [
      "no lengths",
      pass(ctc({ blank: 1 }), { target }),
      "gradients: targetLengths: it is missing, it must be Int32Array or Uint32Array or Array of 3 for [3]; give that.",
    ],
    [
      "no target",
      pass(ctc({ blank: 1 }), { targetLengths }),
      "gradients: target: it is missing, it must be Int32Array or Uint32Array or Array of 12 for [3, 4]; give that.",
    ],
    [
      "targets of another number of sequences",
      pass(ctc({ blank: 1 }), { target: { shape: [2, 2], data: ints(0, 2, 0, 2) }, targetLengths }),
      "gradients: target: it is Int32Array of 4 for [2, 2], it must be Int32Array or Uint32Array or Array of 6 " +
        "for [3, 2]; give that.",
    ],
    [
      "a mask that is not at the end",
      pass(ctc({ blank: 1 }), { ...which.mask, target, targetLengths }),
      "gradients: target: a step of sequence 0 is masked before its end; ctc knows lengths alone.",
    ],
  ];
  test.each(refused)("%s", async (_, run, message) => {
    await expect(async () => await run()).rejects.toThrow(new ShapeError(message));
  });
});
