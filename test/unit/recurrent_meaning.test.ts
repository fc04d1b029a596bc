// What the options of a recurrent layer mean, each by what it must be equal to: a sequence with a length to the
// sequence alone, a masked one to the one without its masked steps, a merge to the halves, a learned state to
// the same one given; and what is drawn while training by layers whose output shows it.

import { describe, expect, test } from "vitest";
import {
  cpu,
  gru,
  input,
  lstm,
  type Model,
  model,
  recurrent,
  rnn,
  type Tensor,
  type Value,
} from "../../src/index.js";
import { type AnyGradients, calls, floats } from "../agree_check.js";
import { threeStates } from "../cells_p07.js";

const backend = cpu({ precision: "float64" });
type Numbers = Tensor<ArrayLike<number>>;
type Named = Readonly<Record<string, Numbers>>;
const [I, H, B, T] = [3, 4, 4, 6];

const ones = ({ shape, data }: Numbers): Numbers => ({ shape, data: Float64Array.from(data, () => 1) });

/** Outputs and gradients of the sum of everything that comes out. */
async function passOf(net: Model, weights: Named, inputs: object, more: object = {}): Promise<AnyGradients> {
  const ask = (cotangents: object): Promise<AnyGradients> =>
    calls(backend).gradients(net, { weights, inputs, cotangents, ...more });
  const { outputs } = await ask({});
  return ask(Object.fromEntries(Object.entries(outputs).map(([name, one]) => [name, ones(one)])));
}

const random = (net: Model, seed: number): Named =>
  Object.fromEntries(
    [...net.shapes].map(([name, shape], k) => {
      const { data } = floats(shape, 100 * seed + k);
      return [name, { shape, data: data.map((v) => 0.5 * v) }];
    }),
  );

/** Row b of [B, T, F], some of its steps. */
function stepsOf({ shape, data }: Numbers, b: number, steps: readonly number[]): Numbers {
  const [, all, F] = shape;
  const picked = steps.flatMap((t) => Array.from({ length: F }, (_, k) => data[(b * all + t) * F + k]));
  return { shape: [1, steps.length, F], data: Float64Array.from(picked) };
}

/** Sequence b of [L·D, B, H]. */
function stateOf({ shape, data }: Numbers, b: number): Numbers {
  const [LD, all, F] = shape;
  const picked = Array.from({ length: LD * F }, (_, k) => data[(Math.floor(k / F) * all + b) * F + (k % F)]);
  return { shape: [LD, 1, F], data: Float64Array.from(picked) };
}

function expectClose(got: Numbers | undefined, want: Numbers): void {
  expect(got?.shape).toEqual(want.shape);
  const off = Array.from(want.data, (v, k) => Math.abs(v - (got?.data[k] ?? Number.NaN)));
  expect(Math.max(0, ...off)).toBeLessThan(1e-12);
}

const layers: readonly (readonly [string, (options: object) => Model, readonly string[]])[] = [
  ["lstm", (o) => lstm(I, H, o), ["h", "c"]],
  ["lstm with a projection", (o) => lstm(I, H, { ...o, projSize: 2 }), ["h", "c"]],
  ["gru that resets before", (o) => gru(I, H, { ...o, resetAfter: false }), ["h"]],
  ["a cell of three states", (o) => recurrent(threeStates, I, H, o), ["h", "c", "m"]],
];
const directions = [{}, { reverse: true }, { bidirectional: true, numLayers: 2 }, { numLayers: 2 }];

type Given = Readonly<Record<string, Value>>;

/** A layer that is given its initial states and these steps. */
function wired(layer: Model, states: readonly string[], which: object): Model {
  const initial = Object.fromEntries(states.map((s) => [`${s}0`, input.state()]));
  const inputs = { x: input.features(I), ...initial, ...which };
  const wire = (of: { rnn: (x: Value, given: Given) => Value }, { x, ...given }: Given): Value =>
    of.rnn(x, given);
  // Names of states are not known to the types here.
  return model({ rnn: layer } as never, inputs as never, wire as never);
}

describe.each(layers)("%s", (_, make, states) => {
  test.each(directions)("steps that there are, alone: %o", async (options) => {
    const lengths = [4, 0, 6, 1];
    const kept = lengths.map((n) => Array.from({ length: n }, (_, t) => t));
    const which = { lengths: input.lengths() };
    await compare(
      make(options),
      states,
      which,
      { lengths: { shape: [B], data: Int32Array.from(lengths) } },
      kept,
    );
  });

  test.each(directions)("a mask's steps, alone: %o", async (options) => {
    const mask = [
      [1, 1, 1, 1, 1, 1],
      [0, 0, 0, 0, 0, 0],
      [0, 1, 0, 0, 1, 0],
      [1, 0, 1, 1, 0, 0],
    ];
    const kept = mask.map((row) => row.flatMap((there, t) => (there ? [t] : [])));
    const given = { mask: { shape: [B, T], data: Int32Array.from(mask.flat()) } };
    const which = { mask: input.mask() };
    const masked = make({ ...options, masked: "zero" });
    await compare(masked, states, which, given, kept);
  });

  /** The layer over all sequences against the layer over each sequence's kept steps. */
  async function compare(
    layer: Model,
    names: readonly string[],
    which: object,
    given: object,
    kept: readonly (readonly number[])[],
  ): Promise<void> {
    const weights = random(layer, 1);
    const x = floats([B, T, I], 2);
    const shapes = (await passOf(layer, weights, { x })).outputs;
    const initial = Object.fromEntries(names.map((s, k) => [`${s}0`, floats(shapes[`${s}n`].shape, 3 + k)]));
    const under = Object.fromEntries(Object.entries(weights).map(([name, one]) => [`rnn.${name}`, one]));
    const all = await passOf(wired(layer, names, which), under, { x, ...initial, ...given });
    const sums = new Map<string, number[]>();
    for (const [b, steps] of kept.entries()) {
      const own = Object.fromEntries(Object.entries(initial).map(([name, one]) => [name, stateOf(one, b)]));
      const isThere = (t: number): boolean => steps.includes(t);
      const gone = Array.from({ length: T }, (_, t) => t).filter((t) => !isThere(t));
      const zeros = stepsOf(all.outputs.y, b, gone);
      expect(Array.from(zeros.data).every((v) => v === 0)).toBe(true);
      expect(Array.from(stepsOf(all.inputs.x, b, gone).data).every((v) => v === 0)).toBe(true);
      if (steps.length === 0) {
        for (const s of names) {
          expectClose(stateOf(all.outputs[`${s}n`], b), own[`${s}0`]);
          expectClose(stateOf(all.inputs[`${s}0`], b), ones(own[`${s}0`]));
        }
        continue;
      }
      const one = await passOf(layer, weights, { x: stepsOf(x, b, steps), ...own });
      expectClose(stepsOf(all.outputs.y, b, steps), one.outputs.y);
      expectClose(stepsOf(all.inputs.x, b, steps), one.inputs.x);
      for (const s of names) {
        expectClose(stateOf(all.outputs[`${s}n`], b), one.outputs[`${s}n`]);
        expectClose(stateOf(all.inputs[`${s}0`], b), one.inputs[`${s}0`]);
      }
      for (const [name, { data }] of one.weights) {
        const sum = sums.get(name) ?? Array.from(data, () => 0);
        sums.set(
          name,
          sum.map((v, k) => v + data[k]),
        );
      }
    }
    for (const [name, data] of sums) {
      const got = all.weights.get(`rnn.${name}`);
      expectClose(got && { shape: [data.length], data: got.data }, { shape: [data.length], data });
    }
  }
});

test("a masked step repeats the output, and what it is told goes to the step before", async () => {
  const layer = rnn(I, H, {});
  const net = wired(layer, ["h"], { mask: input.mask() });
  const weights = random(net, 4);
  const x = floats([1, 4, I], 5);
  const h0 = floats([1, 1, H], 6);
  const mask = { shape: [1, 4], data: Int32Array.of(0, 1, 0, 1) };
  const { outputs } = await passOf(net, weights, { x, h0, mask });
  expectClose(stepsOf(outputs.y, 0, [0]), { shape: [1, 1, H], data: h0.data });
  expectClose(stepsOf(outputs.y, 0, [2]), stepsOf(outputs.y, 0, [1]));
  // the gradient of y at 2 alone is that of y at 1 alone
  const at = async (t: number): Promise<AnyGradients> => {
    const y = {
      shape: [1, 4, H],
      data: Float64Array.from({ length: 4 * H }, (_, k) => Number(k >= t * H && k < (t + 1) * H)),
    };
    return calls(backend).gradients(net, { weights, inputs: { x, h0, mask }, cotangents: { y } });
  };
  const [one, two] = [await at(1), await at(2)];
  expectClose(two.inputs.x, one.inputs.x);
  expectClose(two.inputs.h0, one.inputs.h0);
  for (const [name, gradient] of one.weights) expectClose(two.weights.get(name), gradient);
});

test("two layers read one mask, each in its own way", async () => {
  const layers = { repeats: rnn(I, H), zeroes: rnn(I, H, { masked: "zero" }) };
  const given = { x: input.features(I), mask: input.mask() };
  const both = model(layers, given, ({ repeats, zeroes }, { x, mask }) => {
    return { first: repeats(x, { mask }).y, second: zeroes(x, { mask }).y };
  });
  const weights = random(both, 4);
  const inputs = { x: floats([1, 3, I], 5), mask: { shape: [1, 3], data: Int32Array.of(1, 0, 1) } };
  const pass = await passOf(both, weights, inputs);
  const { first, second } = pass.outputs;
  expectClose(stepsOf(first, 0, [1]), stepsOf(first, 0, [0]));
  expectClose(stepsOf(second, 0, [1]), { shape: [1, 1, H], data: new Float64Array(H) });
  // what a masked step says gives a gradient where it repeats, and none where it is zero
  for (const [name, layer] of Object.entries(layers)) {
    const alone = model({ [name]: layer }, given, ({ [name]: reads }, { x, mask }) => reads(x, { mask }).y);
    const { weights: want } = await passOf(alone, weights, inputs);
    for (const [weight, gradient] of want) expectClose(pass.weights.get(weight), gradient);
  }
});

test("merges are of the two directions side by side", async () => {
  const of = (merge: object): Model => gru(I, H, { bidirectional: true, ...merge });
  const weights = random(of({}), 7);
  const x = floats([B, T, I], 8);
  const { data } = (await passOf(of({}), weights, { x })).outputs.y;
  const want = {
    sum: (a: number, b: number) => a + b,
    mean: (a: number, b: number) => (a + b) / 2,
    product: (a: number, b: number) => a * b,
  };
  for (const [merge, f] of Object.entries(want)) {
    const y = (await passOf(of({ merge }), weights, { x })).outputs.y;
    const row = (k: number): number => Math.floor(k / H) * 2 * H + (k % H);
    const merged = Float64Array.from({ length: B * T * H }, (_, k) => f(data[row(k)], data[row(k) + H]));
    expectClose(y, { shape: [B, T, H], data: merged });
  }
});

test("a reversed output in the order of its making is the other turned about", async () => {
  const of = (o: object): Model => lstm(I, H, { reverse: true, ...o });
  const weights = random(of({}), 9);
  const inputs = { x: floats([B, T, I], 10), lengths: { shape: [B], data: Int32Array.of(6, 2, 0, 5) } };
  const time = (await passOf(of({}), weights, inputs)).outputs;
  const processed = (await passOf(of({ reverseOrder: "processed" }), weights, inputs)).outputs;
  for (const [b, length] of [6, 2, 0, 5].entries()) {
    const steps = Array.from({ length }, (_, t) => t);
    expectClose(stepsOf(processed.y, b, steps), stepsOf(time.y, b, [...steps].reverse()));
  }
  expectClose(processed.hn, time.hn);
});

test("a learned state is the same as one that is given to every sequence", async () => {
  const layer = lstm(I, H, { learnedState: true, bidirectional: true });
  const plain = lstm(I, H, { bidirectional: true });
  const weights = random(layer, 11);
  const x = floats([B, T, I], 12);
  const every = (s: string): Numbers => {
    const rows = [`${s}0_l0`, `${s}0_l0_reverse`].map((name) => Array.from(weights[name].data));
    return { shape: [2, B, H], data: Float64Array.from(rows.flatMap((row) => Array(B).fill(row).flat())) };
  };
  const own = Object.fromEntries([...plain.shapes.keys()].map((name) => [name, weights[name]]));
  const got = await passOf(layer, weights, { x });
  const want = await passOf(plain, own, { x, h0: every("h"), c0: every("c") });
  expectClose(got.outputs.y, want.outputs.y);
  for (const s of ["h", "c"]) {
    for (const [d, name] of [`${s}0_l0`, `${s}0_l0_reverse`].entries()) {
      const data = Array.from({ length: H }, (_, k) =>
        Array.from({ length: B }, (_, b) => want.inputs[`${s}0`].data[(d * B + b) * H + k]).reduce(
          (a, v) => a + v,
        ),
      );
      expectClose(got.weights.get(name), { shape: [H], data });
    }
  }
});

describe("what is drawn while training", () => {
  const [units, p] = [64, 0.25];
  const scale = 1 / (1 - p);
  /** h' = W x + R h + b, with nothing but what is named here. */
  async function linearOf(
    options: object,
    values: Readonly<Record<string, readonly number[]>>,
    h0: number,
    seed?: number,
  ) {
    const net = rnn(units, units, { nonlinearity: "affine", ...options });
    const weights = Object.fromEntries(
      [...net.shapes].map(([name, shape]) => {
        const length = shape.reduce((n, d) => n * d, 1);
        return [name, { shape, data: Float64Array.from(values[name] ?? { length }, (v) => v ?? 0) }];
      }),
    );
    const inputs = {
      x: { shape: [2, 3, units], data: new Float64Array(6 * units).fill(1) },
      h0: { shape: [1, 2, units], data: new Float64Array(2 * units).fill(h0) },
    };
    const { outputs } = await calls(backend).gradients(net, {
      weights,
      inputs,
      cotangents: {},
      ...(seed !== undefined && { seed }),
    });
    return (b: number, t: number): number[] => Array.from(stepsOf(outputs.y, b, [t]).data);
  }
  const identity = Array.from({ length: units * units }, (_, k) => Number(k % (units + 1) === 0));
  const share = (values: readonly number[], value: number): number =>
    values.filter((v) => Math.abs(v - value) < 1e-12).length / values.length;

  test("recurrentDropout: one mask of h for all steps of a sequence", async () => {
    const y = await linearOf({ recurrentDropout: p }, { weight_hh_l0: identity }, 1, 5);
    const first = y(0, 0);
    expect(share(first, 0) + share(first, scale)).toBe(1);
    expect(share(first, 0)).toBeGreaterThan(0.1);
    expect(share(first, 0)).toBeLessThan(0.45);
    first.forEach((v, k) => {
      expect(y(0, 1)[k]).toBeCloseTo(v === 0 ? 0 : scale ** 2, 12);
      expect(y(0, 2)[k]).toBeCloseTo(v === 0 ? 0 : scale ** 3, 12);
    });
    expect(y(1, 0)).not.toEqual(first);
    const without = await linearOf({ recurrentDropout: p }, { weight_hh_l0: identity }, 1);
    expect(share(without(0, 2), 1)).toBe(1);
  });

  test("zoneout: at each step some units stay; without training the mean", async () => {
    const y = await linearOf({ zoneout: p }, { bias_ih_l0: Array(units).fill(1) }, 0, 5);
    const first = y(0, 0);
    expect(share(first, 0) + share(first, 1)).toBe(1);
    expect(share(first, 0)).toBeGreaterThan(0.1);
    expect(share(first, 0)).toBeLessThan(0.45);
    first.forEach((v, k) => {
      if (v === 1) expect(y(0, 1)[k]).toBe(1);
    });
    expect(share(y(0, 2), 0)).toBeLessThan(share(first, 0));
    const without = await linearOf({ zoneout: p }, { bias_ih_l0: Array(units).fill(1) }, 0);
    expect(share(without(0, 0), 1 - p)).toBe(1);
    expect(without(0, 1)[0]).toBeCloseTo(1 - p * p, 12);
  });

  test("dropConnect: the same weights of R are missing at every step of every sequence", async () => {
    const one = Array.from({ length: units * units }, (_, k) => Number(k % units === 0));
    // every unit sees the first alone, whose state is kept at 1 by its bias
    const y = await linearOf({ dropConnect: p }, { weight_hh_l0: one }, 1, 5);
    const first = y(0, 0);
    expect(share(first, 0) + share(first, scale)).toBe(1);
    expect(share(first, 0)).toBeGreaterThan(0.1);
    expect(share(first, 0)).toBeLessThan(0.45);
    expect(y(1, 0)).toEqual(first);
    const again = first.map((v) => v * first[0]);
    for (const [k, v] of y(0, 1).entries()) expect(v).toBeCloseTo(again[k], 12);
    const without = await linearOf({ dropConnect: p }, { weight_hh_l0: one }, 1);
    expect(share(without(0, 0), 1)).toBe(1);
  });

  test.each(["dropConnect", "recurrentDropout", "zoneout"])(
    "%s: each direction draws its own",
    async (name) => {
      const net = rnn(I, units, { bidirectional: true, [name]: p });
      const drawn = new Map(Object.entries(random(net, 2)));
      const weights = new Map([...drawn].map(([key]) => [key, drawn.get(key.replace("_reverse", ""))]));
      const inputs = { x: floats([1, 1, I], 3), h0: ones(floats([2, 1, units], 4)) };
      const halvesOf = async (more: object): Promise<number[][]> => {
        const { y } = (await calls(backend).gradients(net, { weights, inputs, cotangents: {}, ...more }))
          .outputs;
        return [Array.from(y.data).slice(0, units), Array.from(y.data).slice(units)];
      };
      const [forward, reverse] = await halvesOf({ seed: 1 });
      expect(reverse).not.toEqual(forward);
      const [one, other] = await halvesOf({});
      expect(other).toEqual(one);
    },
  );

  test("inputDropout: the same numbers of the input at all steps of a sequence", async () => {
    const y = await linearOf({ inputDropout: p }, { weight_ih_l0: identity }, 0, 5);
    const first = y(0, 0);
    expect(share(first, 0) + share(first, scale)).toBe(1);
    expect(share(first, 0)).toBeGreaterThan(0.1);
    expect(share(first, 0)).toBeLessThan(0.45);
    expect(y(0, 1)).toEqual(first);
    expect(y(1, 0)).not.toEqual(first);
  });
});
