// Independent recurrent layers that run as one: all numbers are those of the same layers each by itself, bit for bit; but
// the gradient of a value that several of them take is one sum then, and rounded otherwise. Used on the CPU, as if it cost
// what a GPU does, and on WebGPU.

import { expect } from "vitest";
import type { BackendOfMachine } from "../src/backend.js";
import {
  add,
  concat,
  cpu,
  embedding,
  gru,
  indRnn,
  input,
  linear,
  lstm,
  type Model,
  model,
  recurrent,
  rnn,
} from "../src/index.js";
import { type BuildOptions, build } from "../src/network/build.js";
import { networkOf } from "../src/network/network.js";
import { weightBuffers } from "../src/network/planner.js";
import { type DeviceClass, ordinary } from "../src/plan/device_class.js";
import type { Plan } from "../src/plan/plan.js";
import { calls, difference, floats, parts, tokens } from "./agree_check.js";
import { threeStates } from "./cells_p07.js";
import type { AnyBackend } from "./goldens_check.js";

/** The CPU, whose plans are made as for a device that costs this. */
export function cpuAs(costs: DeviceClass, o: object = {}): AnyBackend {
  const backend = cpu(o);
  Object.assign((backend as unknown as BackendOfMachine).machine, { costs });
  return backend;
}

/** One core never cuts the sums of a weight's gradient into parts by how many products there are. */
export const oneCore = { ...ordinary, cores: 1 };

export const [B, T] = [3, 5];
const [I, H, V] = [4, 6, 7];

interface Case {
  /** A new one each time: apart() changes it. */
  readonly net: () => Model;
  /** The layers that run as one, by their names. */
  readonly groups: readonly string[];
  readonly inputs: object;
  /** What is before a value that several take. */
  readonly shared?: readonly string[];
}

const x = floats([B, T, I], 1);
const ids = tokens([B, T], V, 2);
const lengths = { shape: [B], data: Int32Array.of(3, 5, 0) };
const mask = { shape: [B, T], data: Int32Array.from({ length: B * T }, (_, n) => Number(n % 4 !== 1)) };

export const cases: Readonly<Record<string, Case>> = {
  "two LSTMs over one input": {
    net: () =>
      model(
        { a: lstm(I, H), b: lstm(I, H), head: linear(2 * H, 3) },
        { x: input.features(I) },
        ({ a, b, head }, inputs) => head(concat(a(inputs.x).y, b(inputs.x).y)),
      ) as Model,
    groups: ["a. b."],
    inputs: { x },
    shared: ["d x"],
  },
  "an ensemble of three, each of two layers over a table of its own": {
    net: () => {
      const names = ["one", "two", "three"];
      const layers = names.flatMap((name) => [
        [`table_${name}`, embedding(V, I)] as const,
        [name, gru(I, H, { numLayers: 2, bias: "input" })] as const,
      ]);
      return model(Object.fromEntries(layers), { x: input.tokens() }, (all, inputs) => {
        const of = all as unknown as Record<string, (given: unknown) => never>; // names are made
        const ys = names.map((name) => (of[name](of[`table_${name}`](inputs.x)) as { y: never }).y);
        return Object.fromEntries(names.map((name, n) => [name, ys[n]]));
      }) as Model;
    },
    groups: ["one. two. three."],
    inputs: { x: ids },
  },
  "a head between them, states given to the first": {
    net: () =>
      model(
        { a: lstm(I, H), first: linear(H, I), b: lstm(I, H) },
        { x: input.features(I), z: input.features(I), h0: input.state(), c0: input.state() },
        ({ a, first, b }, inputs) => {
          const left = a(inputs.x, { h0: inputs.h0, c0: inputs.c0 });
          const right = b(inputs.z);
          return { y: first(left.y), states: add(left.hn, right.cn), z: right.y };
        },
      ) as Model,
    groups: ["a. b."],
    inputs: { x, z: floats([B, T, I], 3), h0: floats([1, B, H], 4), c0: floats([1, B, H], 5) },
  },
  "lengths, a projection": {
    net: () => {
      const layer = () => lstm(I, H, { projSize: 3 });
      return model(
        { a: layer(), b: layer() },
        { x: input.features(I), lengths: input.lengths() },
        ({ a, b }, inputs) => {
          const [left, right] = [a, b].map((one) => one(inputs.x, { lengths: inputs.lengths }));
          return { y: add(left.y, right.y), hn: right.hn };
        },
      ) as Model;
    },
    groups: ["a. b."],
    inputs: { x, lengths },
    shared: ["d x"],
  },
  "a mask, learned states": {
    net: () =>
      model(
        { a: rnn(I, H, { learnedState: true }), b: rnn(I, H, { learnedState: true }) },
        { x: input.features(I), z: input.features(I), mask: input.mask() },
        ({ a, b }, inputs) => {
          const { y } = a(inputs.x, { mask: inputs.mask });
          return { y, hn: b(inputs.z, { mask: inputs.mask }).hn };
        },
      ) as Model,
    groups: ["a. b."],
    inputs: { x, z: floats([B, T, I], 6), mask },
  },
  "a cell of one's own, and one without exchange": {
    net: () =>
      model(
        {
          a: recurrent(threeStates, I, H),
          c: indRnn(I, H),
          b: recurrent(threeStates, I, H),
          d: indRnn(I, H),
        },
        { x: input.features(I), z: input.features(I) },
        ({ a, b, c, d }, inputs) => ({
          y: add(a(inputs.x).y, b(inputs.z).y),
          z: add(c(inputs.x).y, d(inputs.z).y),
        }),
      ) as Model,
    groups: ["a. b.", "c. d."],
    inputs: { x, z: floats([B, T, I], 7) },
  },
};

/** The same network, whose layers run each by itself. */
export function apart(net: Model): Model {
  Object.assign(networkOf(net).trace, { groups: [] });
  return net;
}

/** The plan of all gradients. */
export function planOf(net: Model, how: Partial<BuildOptions>): Plan {
  const { trace, arena } = networkOf(net);
  return build(trace, arena, weightBuffers(arena), {
    batchSize: B,
    sequenceLength: T,
    differentiate: true,
    norms: true,
    wantInputs: true,
    wantOutputs: true,
    open: new Set(),
    cotangents: [...trace.outputs.keys()],
    ...how,
  }).plan;
}

/** Outputs and gradients of all, as one and apart. */
export async function checkJoined(backend: AnyBackend, { net, inputs, shared = [] }: Case, how: object = {}) {
  const [joined, alone] = [net(), apart(net())];
  const [fewer, more] = [joined, alone].map(
    (one) => planOf(one, { device: oneCore, ...how }).dispatches.length,
  );
  expect(fewer).toBeLessThan(more);
  const weights = joined.initialWeights({ seed: 3 });
  const { outputs } = await calls(backend).gradients(alone, { weights, inputs, cotangents: {}, ...how });
  const cotangents = Object.fromEntries(
    Object.entries(outputs).map(([name, { shape }], k) => [name, floats(shape, 11 + k)]),
  );
  const request = { weights, inputs, cotangents, ...how };
  const [got, want] = [
    parts(await calls(backend).gradients(joined, request)),
    parts(await calls(backend).gradients(alone, request)),
  ];
  const isShared = ([name]: readonly [string, unknown]): boolean => shared.includes(name);
  const all = [...got.forward, ...got.backward];
  const wanted = [...want.forward, ...want.backward];
  const own = difference(
    all.filter((one) => !isShared(one)),
    wanted.filter((one) => !isShared(one)),
  );
  expect(own.worst, own.where).toBe(0);
  expect(difference(all.filter(isShared), wanted.filter(isShared)).worst).toBeLessThan(1e-6);
  expect(all.some(([name, { data }]) => name.startsWith("d ") && Array.from(data).some((v) => v !== 0))).toBe(
    true,
  );
}
