// What a recurrent layer's options cost in dispatches, as exact formulas: most are one exchange more in a step, one
// product more for what a product is fed with, one sum more for parameters, or nothing. And what lengths save.

import { expect, test } from "vitest";
import type { BackendOfMachine } from "../../src/backend.js";
import {
  cpu,
  gru,
  indRnn,
  linear,
  lstm,
  type Model,
  mgu,
  minLstm,
  sequential,
  sgd,
  squaredError,
} from "../../src/index.js";
import { still } from "../../src/kernels/kernel.js";
import { twinOf } from "../../src/kernels/twins.js";
import { build } from "../../src/network/build.js";
import { feed } from "../../src/network/feed.js";
import { networkOf } from "../../src/network/network.js";
import { Owned } from "../../src/network/owned.js";
import { floats } from "../agree_check.js";

const [B, I, H] = [3, 4, 5];

interface Cost {
  /** Exchanges in a step; 0 is one dispatch for all steps. */
  readonly E?: number;
  /** 1 where a step begins before its first exchange. */
  readonly prologue?: number;
  /** Products that are fed with something else than the output. */
  readonly split?: number;
  /** 1 where the cell has parameters. */
  readonly parameters?: number;
  /** 0 where there is no R, and nothing to pack. */
  readonly R?: number;
  /** Dispatches of training before the first step or after the last, where each step is one. */
  readonly once?: number;
  /** Dispatches beside these, of inference and of training. */
  readonly more?: readonly [number, number];
}

type Make = (inputSize: number, hiddenSize: number, options: object) => Model;

const cases: readonly (readonly [string, Make, object, Cost])[] = [
  ["lstm", lstm, {}, {}],
  ["peephole", lstm, { peephole: true }, { parameters: 1 }],
  ["coupled, clip, cellClip", lstm, { coupled: true, clip: 1, cellClip: 1 }, {}],
  ["bias of the input", lstm, { bias: "input" }, {}],
  ["projSize", lstm, { projSize: 2 }, { E: 2, split: 1 }],
  ["layerNorm", lstm, { layerNorm: true }, { E: 5, prologue: 1, parameters: 1 }],
  ["zoneout", lstm, { zoneout: 0.1 }, {}],
  // training alone feeds R with a masked h
  ["recurrentDropout", lstm, { recurrentDropout: 0.1 }, { once: 1 }],
  ["inputDropout", lstm, { inputDropout: 0.1 }, { more: [0, 1] }],
  ["dropout between no layers", lstm, { dropout: 0.1 }, {}],
  // each of two states put into its slot; backward dh0, and its sum over sequences
  ["learnedState", lstm, { learnedState: true }, { more: [2, 2 + 2], once: 1 }],
  ["both directions", lstm, { bidirectional: true }, {}],
  ["reverse", lstm, { reverse: true }, {}],
  ["reverseOrder", lstm, { reverse: true, reverseOrder: "processed" }, { more: [1, 2] }],
  ["gru, layerNorm", gru, { layerNorm: true }, { E: 3, prologue: 1, parameters: 1 }],
  ["gru that resets before", gru, { resetAfter: false }, { E: 2, split: 1 }],
  ["mgu", mgu, {}, { E: 2, split: 1 }],
  ["indRnn", indRnn, {}, { E: 0, parameters: 1, R: 0 }],
  ["indRnn, zoneout", indRnn, { zoneout: 0.1 }, { E: 0, parameters: 1, R: 0 }],
  ["minLstm", minLstm, {}, { E: 0, R: 0 }],
];

test.each(cases)("%s", (_, make, options, cost) => {
  const { E = 1, prologue = 0, split = 0, parameters = 0, R = 1, more = [0, 0], once = 0 } = cost;
  const { projSize = H, bidirectional = false } = options as { projSize?: number; bidirectional?: boolean };
  const layer = make(I, H, options) as Model<{ x: Float32Array; lengths?: Int32Array }>;
  const net = sequential({ rnn: layer, head: linear(projSize * (bidirectional ? 2 : 1), 2) });
  for (const [T, strategy] of [1, 2, 7].flatMap((T) =>
    (["step", "scan"] as const).map((s) => [T, s] as const),
  )) {
    const isScan = E === 0 || strategy === "scan";
    const steps = isScan ? 1 : E * T;
    const forward = 1 + steps + (isScan ? 0 : prologue);
    // (a scan does the last product, the gradient of the state before, anyway)
    const backward = steps + 1 + R + split + parameters;
    const apart = isScan ? 0 : once;
    const sizes = { batchSize: B, sequenceLength: T, strategy };
    const published = T === 1 ? 0 : 1;
    const inference = net.plan(sizes);
    // a single step multiplies W x itself
    const inferred = T === 1 && strategy === "step" ? Math.max(E, 1) : forward;
    expect(inference.cost().dispatches, `inference, ${strategy}, T ${T}`).toBe(
      inferred + 1 + published + more[0],
    );
    // head 1 + 2, loss 2, norm 2, update 1, and what packs R
    const training = net.plan({ ...sizes, loss: squaredError(), optimizer: sgd({ lr: 1 }) });
    expect(training.cost().dispatches, `training, ${strategy}, T ${T}`).toBe(
      forward + backward + 3 + 2 + 2 + 1 + 1 + more[1] + apart,
    );
    const lengths = Int32Array.of(T, 1, 0);
    // what leaves the plan has zeros past an end: a copy, as the one that orders it for the user
    expect(inference.cost({ lengths }).dispatches).toBe(forward + 1 + 1 + more[0]);
    expect(training.cost({ lengths }).dispatches).toBe(training.cost().dispatches);
  }
});

/** Multiplications of the products that a pass with these lengths does on the CPU. */
async function multiplied(
  net: Model,
  lengths: readonly number[],
  T: number,
  training: boolean,
): Promise<number> {
  const { machine } = cpu({ precision: "float64" }) as unknown as BackendOfMachine; // what cpu() gives
  const network = networkOf(net);
  const owned = await Owned.open(machine, network, net.initialWeights({ seed: 1 }));
  const built = build(network.trace, owned.store.arena, owned.store.buffers, {
    batchSize: lengths.length,
    sequenceLength: T,
    differentiate: training,
    training,
    wantInputs: training,
    wantOutputs: true,
    open: new Set(["lengths"]),
    cotangents: training ? ["y"] : [],
    strategy: "step",
  });
  let count = 0;
  for (const [n, dispatch] of built.plan.dispatches.entries()) {
    const { kernel } = dispatch;
    const twin = twinOf(kernel);
    const cpuOf: typeof twin.cpu = (ops, at, params, run) => {
      const product: typeof ops.product = (M, N, K, ...rest) => {
        count += M * N * K;
        ops.product(M, N, K, ...rest);
      };
      twin.cpu({ ...ops, product }, at, params, run);
    };
    built.plan.dispatches[n] = { ...dispatch, kernel: { ...kernel, ...twin, cpu: cpuOf } };
  }
  const ready = await owned.build(built);
  const x = floats([lengths.length, T, I], 1);
  feed("counts", ready, { x, lengths: Int32Array.from(lengths) });
  await ready.runnable.run(still);
  owned.dispose("session");
  return count;
}

const ofLengths = [
  [7, 7, 7],
  [7, 2, 1],
  [1, 2, 7],
  [0, 3, 3],
  [0, 0, 0],
];

test.each(ofLengths)("products run over the steps that there are: %i, %i, %i", async (...lengths) => {
  const steps = lengths.reduce((sum, length) => sum + length);
  for (const D of [1, 2]) {
    const both = D === 2 ? { bidirectional: true } : {};
    const net = lstm(I, H, both as object);
    const gates = D * 4 * H;
    const forward = steps * gates * (I + H);
    expect(await multiplied(net, lengths, 7, false)).toBe(forward);
    // backward dX, dW, dR, and Rᵀ da of every step but those of the last dispatch, which nobody needs: all first
    // steps forward, and where the other direction begins at the end those of the longest
    const last = [lengths.filter((length) => length > 0), lengths.filter((length) => length === 7)];
    const unneeded = last.slice(0, D).reduce((sum, { length }) => sum + length, 0);
    const backward = steps * gates * (I + I + H) + (D * steps - unneeded) * 4 * H * H;
    expect(await multiplied(net, lengths, 7, true)).toBe(forward + backward);
    const projected = lstm(I, H, { ...both, projSize: 2 } as object);
    const narrow = steps * D * (4 * H * (I + 2) + 2 * H);
    expect(await multiplied(projected, lengths, 7, false)).toBe(narrow);
  }
});
