// Dispatches of plans as exact formulas: how many a layer costs forward and backward, and what else there is
// in a training step.

import { describe, expect, test } from "vitest";
import {
  adam,
  add,
  type Cell,
  concat,
  crossEntropy,
  dropout,
  embedding,
  gru,
  input,
  linear,
  lstm,
  type Model,
  model,
  recurrent,
  rnn,
  sequential,
  sgd,
  squaredError,
  tanh,
} from "../../src/index.js";
import { build } from "../../src/network/build.js";
import { networkOf } from "../../src/network/network.js";
import { weightBuffers } from "../../src/network/planner.js";
import { ordinary } from "../../src/plan/device_class.js";
import { runBytes } from "../../src/plan/params.js";
import * as cells from "../cells_p07.js";

type Make = (I: number, H: number, o: object) => Model;
const of =
  (cell: Cell): Make =>
  (I, H, o) =>
    recurrent(cell, I, H, o);

interface Family {
  readonly make: Make;
  /**
   * Exchanges in a step's longest chain, forward and backward: the same, as a chain is differentiated link by
   * link.
   */
  readonly E: number;
  /**
   * 1 where a step must do something before its first exchange: one dispatch in front of the pass forward.
   */
  readonly prologue?: 0 | 1;
  /**
   * 1 where the last exchange backward gives more than the state's gradient: it is needed after the last
   * step, too.
   */
  readonly epilogue?: 0 | 1;
  /**
   * Products that are fed with something else than the output: each is one more product for its weights'
   * gradient.
   */
  readonly split?: number;
  readonly parameters?: 0 | 1;
  /** Exchanges of a single step whose W x is one of them, where they are not as many. */
  readonly single?: number;
  readonly states?: number;
  /** 0 where there is no R. */
  readonly recurrent?: 0 | 1;
}

const families: Readonly<Record<string, Family>> = {
  rnn: { make: rnn, E: 1 },
  lstm: { make: lstm, E: 1, states: 2 },
  gru: { make: gru, E: 1 },
  "gru that resets before": { make: (I, H, o) => gru(I, H, { ...o, resetAfter: false }), E: 2, split: 1 },
  mgu: { make: of(cells.mgu), E: 1 },
  peephole: { make: of(cells.peephole), E: 1, states: 2, parameters: 1 },
  normed: { make: of(cells.normed), E: 3, parameters: 1 },
  minGru: { make: of(cells.minGru), E: 0, recurrent: 0 },
  leaky: { make: of(cells.leaky), E: 1 },
  mixed: { make: of(cells.mixed), single: 4, E: 2, prologue: 1, epilogue: 1, split: 2, parameters: 1 },
  threeStates: { make: of(cells.threeStates), E: 1, split: 2, parameters: 1, states: 3 },
  chained: { make: of(cells.chained), single: 3, E: 2, prologue: 1, epilogue: 1, split: 5 },
};

/** How layers run. tau: steps of one dispatch of a scan. */
interface Way {
  readonly how: (family: Family) => object;
  readonly tau: number | undefined;
}

/** A device on which an exchange takes a second, so that a bound says how many steps a dispatch may have. */
const slow = { ...ordinary, barrier: 0.5 };
const ways: Readonly<Record<string, Way>> = {
  "a dispatch a step": { how: () => ({ strategy: "step" }), tau: undefined },
  "a scan": { how: () => ({ strategy: "scan" }), tau: Number.POSITIVE_INFINITY },
  "a scan of two steps a dispatch": {
    how: ({ E }) => ({ strategy: "scan", device: { ...slow, longest: 2 * E + 0.5 } }),
    tau: 2,
  },
};

/** Dispatches of T steps. more: before the first, or after the last, where each is a dispatch. */
function stepsOf({ E }: Family, T: number, { tau }: Way, more: number): number {
  if (E === 0) return 1;
  return tau === undefined ? E * T + more : Math.max(1, Math.ceil(T / tau));
}

/** engine.md 5: 1 + E T, or 1 + T / tau; a cell without exchange takes one dispatch for all steps. */
const forward = (family: Family, T: number, way: Way): number =>
  1 + stepsOf(family, T, way, family.prologue ?? 0);

/** Of inference: a single step multiplies W x itself. */
const inferred = (family: Family, T: number, way: Way): number =>
  T === 1 && way.tau === undefined ? (family.single ?? Math.max(family.E, 1)) : forward(family, T, way);

/** engine.md 5: E T + 2 + [dX] + [dh0], or T / tau + 2 + [dX]; one more for each split product, and for parameters. */
function backward(family: Family, T: number, way: Way, { dX, dh0 }: { dX: boolean; dh0: boolean }): number {
  const { epilogue = 0, split = 0, parameters = 0, recurrent: R = 1 } = family;
  const steps = stepsOf(family, T, way, Math.max(epilogue, dh0 ? 1 : 0));
  return steps + 1 + R + split + parameters + Number(dX);
}

/**
 * Of a training step beside its layers: loss 2 (rows, total), norm 2, update 1, pack 1 of all matrices that a step
 * streams.
 */
const rest = 2 + 2 + 1 + 1;
const embedded = { forward: 1, backward: 1 };
const head = { forward: 1, backward: 2 };
const dropped = { forward: 1, backward: 1 };

const B = 2;
const [lengths, depths, directions] = [
  [1, 5],
  [1, 2, 3],
  [1, 2],
];

const cases = Object.entries(families).flatMap(([name, family]) =>
  Object.entries(ways).map(([how, way]) => [`${name}, ${how}`, family, way] as const),
);

describe.each(cases)("%s", (_, family, way) => {
  const { states = 1, make } = family;
  const how = way.how(family);
  const each = (check: (T: number, L: number, D: number) => void): void => {
    for (const T of lengths) for (const L of depths) for (const D of directions) check(T, L, D);
  };
  const optionsOf = (L: number, D: number) => ({ numLayers: L, ...(D === 2 && { bidirectional: true }) });

  test("a training step of embedding, layers with dropout, head", () => {
    each((T, L, D) => {
      const layer = make(4, 3, { ...optionsOf(L, D), dropout: 0.1 }) as Model<{ x: Float32Array }>;
      const net = sequential({ embed: embedding(7, 4), rnn: layer, head: linear(3 * D, 7) });
      const o = { batchSize: B, sequenceLength: T, loss: crossEntropy(), optimizer: adam(), ...how };
      const passes =
        L * (forward(family, T, way) + backward(family, T, way, { dX: true, dh0: false })) +
        (L - 1) * (dropped.forward + dropped.backward);
      const others = embedded.forward + embedded.backward + head.forward + head.backward + rest;
      const plan = net.plan(o);
      expect(plan.cost().dispatches, `T ${T} L ${L} D ${D}`).toBe(passes + others);
      expect(plan.print()).toContain(`\n${passes + others} dispatches, `);
      // where a dispatch takes as long as a submit may, each is one of its own
      const isBounded = way.tau === 2 && family.E > 0 && T > 2;
      if (isBounded) expect(plan.cost().submits).toBeGreaterThanOrEqual(2 * L * Math.ceil(T / 2));
      else if (way.tau !== 2) expect(plan.cost().submits).toBe(1);
      // Both directions share a dispatch; carrying states is copies outside the pass, or dispatches where
      // they do not lie in one piece.
      const carried = D === 2 ? 2 * states * L * D : 0;
      expect(net.plan({ ...o, stateful: true } as typeof o).cost().dispatches).toBe(
        passes + others + carried,
      );
    });
  });

  /** Final states of one layer and direction lie where they are asked for. */
  const finals = (L: number, D: number): number => (L * D === 1 ? 0 : states * L * D);

  test("inference: y in another order is one more, states are one each unless they are the layer's alone", () => {
    each((T, L, D) => {
      const o = { batchSize: B, sequenceLength: T, ...how };
      const bare = make(4, 3, optionsOf(L, D));
      const publish = T === 1 ? 0 : 1;
      const both = states * L * D + finals(L, D);
      expect(bare.plan(o).cost().dispatches).toBe(L * inferred(family, T, way) + publish + both);
      const layer = bare as Model<{ x: Float32Array }>;
      const net = sequential({ rnn: layer, head: linear(3 * D, 7) });
      expect(net.plan(o).cost().dispatches).toBe(L * inferred(family, T, way) + head.forward + publish);
    });
  });

  test("gradients of everything: dX, dh0 and norms are wanted", () => {
    each((T, L, D) => {
      const net = networkOf(make(4, 3, optionsOf(L, D)));
      const count = (norms: boolean): number => {
        const { plan } = build(net.trace, net.arena, weightBuffers(net.arena), {
          batchSize: B,
          sequenceLength: T,
          differentiate: true,
          norms,
          wantInputs: true,
          wantOutputs: false,
          open: net.trace.initial,
          cotangents: ["y"],
          ...how,
        });
        return plan.dispatches.length;
      };
      const stateCopies = 2 * states * L * D + finals(L, D); // initial states in and their gradients out, final ones out
      const [cotangent, dx] = [1, T === 1 ? 0 : 1]; // in and out of their public order
      const passes = L * (forward(family, T, way) + backward(family, T, way, { dX: true, dh0: true }));
      expect(count(false)).toBe(passes + stateCopies + cotangent + dx);
      expect(count(true)).toBe(passes + stateCopies + cotangent + dx + states * L);
    });
  });
});

test("the first layer of an input without gradient has no dX, a head on an input one product backward", () => {
  const o = { batchSize: B, sequenceLength: 5, loss: squaredError(), optimizer: sgd({ lr: 1 }) };
  const [T, { lstm: family }, { "a scan": way }] = [5, families, ways];
  const net = sequential({ rnn: lstm(3, 4), head: linear(4, 2) });
  expect(net.plan(o).cost().dispatches).toBe(
    forward(family, T, way) + backward(family, T, way, { dX: false, dh0: false }) + 3 + rest,
  );
  expect(linear(3, 2).plan(o).cost().dispatches).toBe(1 + 1 + 2 + 2 + 1);
  expect(linear(3, 2, { activation: "tanh" }).plan(o).cost().dispatches).toBe(1 + 2 + 2 + 2 + 1);
});

test("functions of values: one each way for each value; concat one for each", () => {
  const o = { batchSize: B, sequenceLength: 5, loss: squaredError(), optimizer: sgd({ lr: 1 }) };
  const usual = 2 + 2 + 1; // loss, norm, update
  const net = model({ a: linear(3, 2), b: linear(3, 2) }, { x: input.features(3) }, ({ a, b }, { x }) =>
    concat(add(a(x), b(x)), tanh(a(x))),
  );
  const [linears, sum, function_, two] = [3 * (1 + 1), 1 + 2, 1 + 1, 2 + 2];
  expect(net.plan(o).cost().dispatches).toBe(linears + sum + function_ + two + usual);
  const dropping = sequential({ a: linear(3, 2), drop: dropout(0.5), b: linear(2, 2) });
  expect(dropping.plan(o).cost().dispatches).toBe(1 + 1 + 1 + 2 + dropped.forward + dropped.backward + usual);
  expect(dropping.plan({ batchSize: B, sequenceLength: 1 }).cost().dispatches).toBe(2);
});

test("two losses of an output: each two, and one that adds up", () => {
  const net = model({ a: linear(3, 2), b: linear(2, 2) }, { x: input.features(3) }, ({ a, b }, { x }) => {
    const y = a(x);
    return { y, z: b(y) };
  });
  const o = { batchSize: B, sequenceLength: 5, optimizer: sgd({ lr: 1 }) };
  const one = net.plan({ ...o, loss: { z: squaredError() } }).cost().dispatches;
  const both = net.plan({ ...o, loss: { z: squaredError(), y: squaredError() } }).cost().dispatches;
  expect(one).toBe(2 + 3 + 2 + 2 + 1);
  expect(both).toBe(one + 2);
});

test("an update: what is frozen takes none, stretches that lie apart and layers take a norm each", () => {
  const net = sequential({ embed: embedding(7, 4), rnn: lstm(4, 3), head: linear(3, 7) });
  const o = { batchSize: B, sequenceLength: 5, loss: crossEntropy(), optimizer: adam() };
  const [T, { lstm: family }, { "a scan": way }] = [5, families, ways];
  const passes = (backwardOnes: number) =>
    embedded.forward + forward(family, T, way) + head.forward + backwardOnes;
  const layers = backward(family, T, way, { dX: true, dh0: false });
  const usual = passes(embedded.backward + layers + head.backward) + rest;
  const count = (more: object): number => net.plan({ ...o, ...more }).cost().dispatches;
  expect(count({})).toBe(usual);
  // neither the table's gradient nor the rnn's dX; neither weights' nor steps back, nor the head's dX
  expect(count({ freeze: ["embed"] })).toBe(usual - embedded.backward - 1);
  expect(count({ freeze: ["embed", "rnn"] })).toBe(passes(1) + rest);
  expect(count({ freeze: ["head"] })).toBe(usual - 1);
  // dW with its bias is one product, as long as one of them is wanted: the norm is of what lies at either side
  expect(count({ freeze: ["rnn.bias_ih_l0"] })).toBe(usual + 1);
  expect(count({ groups: { rnn: { lr: 1 }, "head.bias": { weightDecay: 1 } } })).toBe(usual);
  expect(count({ clipLayer: 1 })).toBe(usual + 2);
  expect(count({ clipLayer: 1, freeze: ["embed"] })).toBe(usual - embedded.backward - 1 + 1);
  expect(count({ clipNorm: 1, clipRecurrent: 1, cutEvery: 2 })).toBe(usual);
});

test("several batches an update: the update is a plan of its own, and a submit", () => {
  const net = sequential({ embed: embedding(7, 4), rnn: lstm(4, 3), head: linear(3, 7) });
  const o = { batchSize: B, sequenceLength: 5, loss: crossEntropy(), optimizer: adam() };
  const [one, many] = [net.plan(o), net.plan({ ...o, accumulate: 4 })];
  expect(many.cost().dispatches).toBe(one.cost().dispatches);
  expect([one.cost().submits, many.cost().submits]).toEqual([1, 2]);
  expect(many.print()).toMatch(
    /13 dispatches, 1 submit(.|\n)*clear +gradients(.|\n)*\n4 dispatches, 1 submit/,
  );
  // the numbers of the run are in both, as all else that is a plan's own; each buffer is there once
  expect(many.cost().memory).toBe(one.cost().memory + runBytes);
});
