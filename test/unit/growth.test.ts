// How the cost of an LSTM grows with time steps, sequences and units, from plans alone: operations, memory and
// dispatches by closed formulas, bytes by the degree of their polynomial. `npm run bench:growth` times the same.

import { describe, expect, test } from "vitest";
import { adam, crossEntropy, linear, lstm, sequential } from "../../src/index.js";
import { networkOf } from "../../src/network/network.js";
import { planFor } from "../../src/network/planner.js";
import { type Cost, cost } from "../../src/plan/cost.js";
import { ordinary } from "../../src/plan/device_class.js";

interface Size {
  readonly T: number;
  readonly B: number;
  readonly H: number;
}
type Strategy = "step" | "scan";

const [I, V] = [64, 64];
const start: Size = { T: 64, B: 8, H: 64 };
/** Evenly spaced, so that differences tell the degree; then far away. */
const axes = { T: [64, 128, 192, 256, 4096], B: [8, 16, 24, 32, 128], H: [64, 128, 192, 256, 512] } as const;
const sizes = Object.entries(axes).flatMap(([axis, values]) => values.map((n) => ({ ...start, [axis]: n })));

/** One core cuts no sum into parts, and no pass into chunks: what is left depends on the sizes alone. */
const device = { ...ordinary, cores: 1, longest: Number.POSITIVE_INFINITY };

function forward({ T, B, H }: Size, strategy: Strategy): Cost {
  const net = networkOf(lstm(I, H));
  const request = { batchSize: B, sequenceLength: T, batchFirst: false, strategy, device };
  return cost([planFor(net, net.arena, request).built.plan]);
}

function training({ T, B, H }: Size, strategy: Strategy): Cost {
  const net = networkOf(sequential({ rnn: lstm(I, H), head: linear(H, V) }));
  const how = { loss: crossEntropy(), optimizer: adam() };
  const request = { batchSize: B, sequenceLength: T, batchFirst: false, strategy, device, ...how };
  return cost([planFor(net, net.arena, request).built.plan]);
}

/** Operations of a unit of an LSTM beside its products, forward and backward; and of a weight in Adam. */
const [unit, unitBack, adamOf] = [13, 31, 17];
const rnnWeights = (H: number): number => 4 * H * (I + H + 2);
const allWeights = (H: number): number => rnnWeights(H) + V * (H + 1);
/** Parts of the gradients' norm, of one core. */
const parts = 4;
/** Every dispatch has its parameters in the uniform, aligned. */
const uniform = 256;

describe.each(["step", "scan"] as const)("%s", (strategy) => {
  const isScan = strategy === "scan";

  test.each(sizes)("forward: T=$T B=$B H=$H", (size) => {
    const { T, B, H } = size;
    const { dispatches, submits, flops, memory } = forward(size, strategy);
    const copies = 2; // h0 and c0 in; what comes out is read where it lies
    expect(dispatches).toBe(1 + (isScan ? 1 : T) + copies);
    expect(submits).toBe(1);
    expect(flops).toBe(T * B * H * (8 * (I + H) + unit));
    const states = 2 * (T + 2) * B * H;
    const packed = 4 * H * (I + H);
    const floats = T * B * (I + 4 * H) + states + 2 * B * H + rnnWeights(H) + packed;
    const encoded = 3; // y, hn, cn where the caller's encoder copies them
    expect(memory).toBe(4 * floats + uniform * (dispatches + encoded));
  });

  test.each(sizes)("training: T=$T B=$B H=$H", (size) => {
    const { T, B, H } = size;
    const { dispatches, submits, flops, memory } = training(size, strategy);
    // products: X, head; dW, dX of the head; dW and dR. Loss 2; norm 2, update 1, pack 1.
    expect(dispatches).toBe(6 + 2 + 4 + (isScan ? 2 : 2 * T));
    expect(submits).toBe(1);
    const n = allWeights(H);
    const stepsBack = isScan ? T : T - 1; // nobody wants the gradient of h0, which a scan has for nothing
    const ofLstm = T * B * H * (8 * (I + H) + unit + unitBack) + 8 * stepsBack * B * H * H;
    const ofWeights = 2 * T * B * (4 * H * (I + 1) + 4 * H * (H + 1) + V * (H + 1));
    const ofHead = 4 * T * B * H * V + T * B * (6 * V + 1);
    expect(flops).toBe(ofLstm + ofWeights + ofHead + n * (2 + adamOf) + parts);
    const states = 2 * (T + 2) * B * H;
    const metrics = 2 * 4096 + 33; // losses and norms of the latest updates; parts of the norm; a few numbers
    const ofTraining = T * B * (I + 5 * H + 2 * V + 3) + states + 2 * B * H;
    const packed = 4 * H * (I + H);
    expect(memory).toBe(4 * (ofTraining + 4 * n + packed + metrics) + uniform * dispatches);
  });

  test.each([
    ["forward", forward],
    ["training", training],
  ] as const)("bytes of %s grow in proportion with T and B, and with the square of H", (_, costOf) => {
    const bytesBy = (axis: keyof Size) =>
      axes[axis].map((n) => costOf({ ...start, [axis]: n }, strategy).bytes);
    for (const axis of ["T", "B"] as const) {
      const bytes = bytesBy(axis);
      const [first, ...others] = differences(bytes.slice(0, 4));
      expect(first).toBeGreaterThan(0);
      expect(others).toEqual([first, first]);
      const [from, , , , to] = axes[axis];
      expect(bytes[4] - bytes[0], "far away too").toBe((first * (to - from)) / (axes[axis][1] - from));
    }
    const [a, b] = differences(differences(bytesBy("H").slice(0, 4)));
    expect(a).toBeGreaterThan(0);
    expect(b).toBe(a);
  });
});

const differences = (values: readonly number[]): number[] =>
  values.slice(1).map((value, n) => value - values[n]);
