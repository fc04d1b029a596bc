// Networks of wired layers whose independent layers run as one, since the CPU is taken for a device that costs what a
// GPU does, against the CPU as it is, where each runs by itself and its weights lie so.

import fc from "fast-check";
import { expect } from "vitest";
import { adam, cpu, type Model, squaredError, type Tensor } from "../../src/index.js";
import { networkOf } from "../../src/network/network.js";
import type { DeviceClass } from "../../src/plan/device_class.js";
import { calls, difference, floats, parts, tokens } from "../agree_check.js";
import type { AnyBackend } from "../goldens_check.js";
import { apart, cpuAs, planOf } from "../joined_check.js";
import { float64 } from "./pass.js";
import { devices, F, frozenOf, inWords, netOf, type Wired, wirings, written } from "./wirings.js";

/**
 * Every lot has a seed of its own, so that it is the same wherever it runs. One that fails is made as simple as it can
 * be, and printed, in words too. Gives how many draws had layers that ran as one, in fewer dispatches.
 */
export async function joinedOf(lot: number, numRuns: number): Promise<number> {
  let count = 0;
  const holds = async (draw: Wired): Promise<void> => {
    await checkGradients(draw);
    await checkSession(draw);
    await checkTrainer(draw);
    if (isJoined(draw)) count += 1;
  };
  await fc.assert(fc.asyncProperty(wirings, holds), { seed: 700 + lot, numRuns });
  return count;
}

const deviceOf = ({ device }: Wired): DeviceClass => (devices as Record<string, DeviceClass>)[device];

/** Whether layers run as one in the pass forward and backward. */
function isJoined(draw: Wired): boolean {
  const { B: batchSize, T: sequenceLength, strategy, memory } = draw;
  const how = { batchSize, sequenceLength, strategy, memory, device: deviceOf(draw) };
  const [fewer, more] = [netOf(draw), apart(netOf(draw))].map((net) => planOf(net, how).dispatches.length);
  return networkOf(netOf(draw)).trace.groups.length > 0 && fewer < more;
}

type Named = Iterable<readonly [string, Tensor<ArrayLike<number>>]>;

function expectSame(draw: Wired, what: string, got: Named, want: Named, most: number): void {
  const [ours, theirs] = [[...got], [...want]];
  const said = (where: string): string => `${what}${where}, of\n${inWords(draw)}`;
  const namesOf = (all: typeof ours): string[] => all.map(([name]) => name);
  expect(namesOf(ours), said("")).toEqual(namesOf(theirs));
  const { worst, where } = difference(ours, theirs);
  expect(worst, said(`: ${where}`)).toBeLessThanOrEqual(most);
}

/** Outputs, and the gradients of some of them. */
async function checkGradients(draw: Wired): Promise<void> {
  const { B, T, strategy, memory, training, seed } = draw;
  const weights = netOf(draw).initialWeights({ seed });
  const shape = [B, T, F];
  const outputs = [...written(draw).outputs.keys()].filter((_, k) => k === 0 || (seed >> k) % 2 === 0);
  const cotangents = Object.fromEntries(outputs.map((name, k) => [name, floats(shape, seed + k)]));
  const request = {
    weights,
    inputs: inputsOf(draw, B, T, 0),
    cotangents,
    strategy,
    memory,
    ...(training && { seed }),
  };
  const [got, want] = [
    parts(await calls(cpuAs(deviceOf(draw))).gradients(netOf(draw), request)),
    parts(await calls(cpu()).gradients(apart(netOf(draw)), request)),
  ];
  expectSame(draw, "gradients", got.forward, want.forward, 2e-5);
  expectSame(draw, "gradients", got.backward, want.backward, 1e-4);
}

/** Runs of several sizes, whose state is carried, written and set to zero in between. */
async function checkSession(draw: Wired): Promise<void> {
  const o = { ...optionsOf(draw), weights: netOf(draw).initialWeights({ seed: draw.seed }) };
  const resultsOf = async (backend: AnyBackend, net: Model): Promise<Named> => {
    const session = await calls(backend).session(net, o);
    const results: [string, Tensor<ArrayLike<number>>][] = [];
    for (const [k, [B, T]] of sizesOf(draw).entries()) {
      const outputs = await session.run(inputsOf(draw, B, T, k));
      for (const [name, data] of Object.entries(outputs)) {
        results.push([`${name} of run ${k}`, { shape: [data.length], data: Float32Array.from(data) }]);
      }
      if (o.stateful && k === 1) session.state.reset([0]);
      if (o.stateful && k === 2) session.state.write(await session.state.read());
    }
    results.push(...(await session.state.read()));
    session.dispose();
    return results;
  };
  const got = await resultsOf(cpuAs(deviceOf(draw)), netOf(draw));
  const want = await resultsOf(cpu(), apart(netOf(draw)));
  expectSame(draw, "a session", got, want, 2e-5);
}

/** What a trainer makes of batches of several sizes, in float64: Adam divides even by the smallest gradients. */
async function checkTrainer(draw: Wired): Promise<void> {
  const { accumulate, cutEvery, clip, memory, seed } = draw;
  const outputs = [...written(draw).outputs.keys()];
  const losses = Object.fromEntries(outputs.map((name) => [name, squaredError()]));
  const o = {
    ...optionsOf(draw),
    loss: losses,
    optimizer: adam({ lr: 1e-3 }),
    [clip]: 0.1,
    freeze: frozenOf(draw),
    accumulate,
    cutEvery,
    memory,
    seed,
  };
  const batches = sizesOf(draw).map(([B, T], k) => ({
    ...inputsOf(draw, B, T, k),
    target: Object.fromEntries(outputs.map((name, n) => [name, floats([B, T, F], seed + 10 * k + n)])),
  }));
  const resultsOf = async (backend: AnyBackend, net: Model): Promise<Named> => {
    const trainer = await calls(backend).trainer(net, o);
    for (const batch of batches) await trainer.step(batch);
    const evaluated = await trainer.evaluate(batches);
    const numbers = { evaluated: [evaluated], losses: (await trainer.metrics()).losses };
    const results = [
      ...(await trainer.weights()),
      ...(await trainer.state.read()),
      ...Object.entries(numbers).map(([name, data]) => [name, { shape: [data.length], data }] as const),
    ];
    trainer.dispose();
    return results;
  };
  const as = cpuAs(deviceOf(draw), { precision: "float64" });
  const got = await resultsOf(as, netOf(draw));
  const want = await resultsOf(float64, apart(netOf(draw)));
  expectSame(draw, "a trainer", got, want, 1e-9);
}

/** A state that is carried is none that is learned. */
function optionsOf({ kinds, B, T, strategy }: Wired) {
  return { batchSize: B, sequenceLength: T, strategy, stateful: !kinds.includes("learned") };
}

const sizesOf = ({ sizes, B, T }: Wired): [number, number][] =>
  sizes.map(([b, t]) => [Math.min(b, B), Math.min(t, T)]);

/** k: which batch, each of other numbers. */
function inputsOf({ lengths, seed }: Wired, B: number, T: number, k: number): object {
  const at = seed + 100 * k;
  return {
    x: floats([B, T, F], at + 1),
    z: floats([B, T, F], at + 2),
    ...(lengths === "lengths" && { lengths: tokens([B], T + 1, at + 3) }),
    ...(lengths === "mask" && { mask: tokens([B, T], 2, at + 4) }),
  };
}
