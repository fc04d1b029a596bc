// Random networks of wired layers, as plain data: values used twice, states fed from layer to layer, layers called
// twice, lengths, masks, several outputs. fast-check draws and shrinks them; inWords() prints one as it would be written.

import fc from "fast-check";
import {
  add,
  concat,
  dropout,
  gru,
  indRnn,
  input,
  layerNorm,
  linear,
  lstm,
  type Model,
  minGru,
  model,
  mul,
  rnn,
  type Value,
} from "../../src/index.js";
import { hardware, ordinary, software } from "../../src/plan/device_class.js";
import { oneCore } from "../joined_check.js";

/** The features of every value, so that any goes with any. */
export const F = 4;

/** Those of one state [1, B, F] at least, whose final one any other can begin with. */
const single = {
  lstm: () => lstm(F, F),
  gru: () => gru(F, F),
  rnn: () => rnn(F, F),
  indRnn: () => indRnn(F, F),
  minGru: () => minGru(F, F),
  projected: () => lstm(F, 6, { projSize: F }),
  zeroed: () => lstm(F, F, { masked: "zero" }),
  peephole: () => lstm(F, F, { peephole: true }),
  dropped: () => lstm(F, F, { recurrentDropout: 0.3 }),
  learned: () => gru(F, F, { learnedState: true }),
};
const recurrent = {
  ...single,
  stacked: () => lstm(F, F, { numLayers: 2 }),
  both: () => gru(F, F, { bidirectional: true, merge: "sum" }),
};
const stepwise = { linear: () => linear(F, F), norm: () => layerNorm(F), dropout: () => dropout(0.3) };
const makers = { ...recurrent, ...stepwise, join: () => linear(2 * F, F) };
/** Those that may run as one. */
const alike = ["lstm", "gru", "rnn", "indRnn", "minGru", "projected", "zeroed", "learned"] as const;
const names = <K extends string>(all: Readonly<Record<K, unknown>>): K[] => Object.keys(all) as K[];

/** What plans are made for, as if the CPU cost that. */
export const devices = {
  oneCore,
  ordinary,
  software,
  ...Object.fromEntries(hardware.map((one) => [one.name, one])),
};

/** Numbers stand for values or states there are by then, modulo how many. */
type Call =
  | {
      readonly what: "recurrent";
      /** Which of the network's kinds. */
      readonly kind: number;
      /** Whether it is a layer that was called before, where there is one. */
      readonly again: boolean;
      readonly x: number;
      /** The state that it begins with, where there is one. */
      readonly h0: number | null;
      /** Whether it has the network's lengths or mask, where there are some. */
      readonly stepped: boolean;
    }
  | {
      readonly what: "stepwise";
      readonly kind: keyof typeof stepwise;
      readonly again: boolean;
      readonly x: number;
    }
  | { readonly what: "add" | "mul" | "join"; readonly x: number; readonly y: number };

export interface Wired {
  /** Few, so that many layers are alike. */
  readonly kinds: readonly (keyof typeof recurrent)[];
  readonly calls: readonly Call[];
  readonly lengths: "none" | "lengths" | "mask";
  /** Values that are outputs beside the last. */
  readonly outputs: readonly number[];
  readonly B: number;
  readonly T: number;
  readonly device: string;
  readonly strategy: "scan" | "step" | undefined;
  readonly memory: "fast" | "small";
  /** Whether gradients are those of training, with everything random in it. */
  readonly training: boolean;
  /** Of a session's runs and a trainer's batches: sequences and steps, no more than B and T. */
  readonly sizes: readonly (readonly [number, number])[];
  /** Of a trainer. */
  readonly accumulate: number;
  readonly cutEvery: number | undefined;
  readonly clip: "clipNorm" | "clipLayer";
  /** Which of the recurrent layers has weights that stay, where there are several. */
  readonly frozen: number | null;
  readonly seed: number;
}

const kind = fc.constantFrom(...alike, ...alike, ...names(recurrent));
/** Half of them the network's own inputs: much is independent then. */
const one = fc.oneof(fc.constantFrom(0, 1), fc.nat(99));
const seldom = fc.constantFrom(false, false, false, false, false, true);
const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant("recurrent" as const),
      kind: fc.nat(1),
      again: seldom,
      x: one,
      h0: fc.option(one, { freq: 3 }),
      stepped: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("stepwise" as const),
      kind: fc.constantFrom(...names(stepwise)),
      again: fc.boolean(),
      x: one,
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom("add", "mul", "join"), x: one, y: one }) },
);

/** All are networks that the library accepts. */
export const wirings: fc.Arbitrary<Wired> = fc.record({
  kinds: fc.tuple(kind, kind),
  calls: fc.array(call, { minLength: 4, maxLength: 12, size: "max" }),
  lengths: fc.constantFrom("none", "lengths", "mask"),
  outputs: fc.array(one, { minLength: 1, maxLength: 3, size: "max" }),
  B: fc.constantFrom(1, 2, 3, 4),
  T: fc.constantFrom(1, 4, 5, 7),
  device: fc.constantFrom(...names(devices)),
  strategy: fc.constantFrom(undefined, "scan", "step"),
  memory: fc.constantFrom("fast", "fast", "small"),
  training: fc.boolean(),
  sizes: fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 7 })), {
    minLength: 4,
    maxLength: 4,
  }),
  accumulate: fc.constantFrom(1, 1, 2),
  cutEvery: fc.constantFrom(undefined, 2),
  clip: fc.constantFrom("clipNorm", "clipLayer"),
  frozen: fc.option(one, { freq: 2 }),
  seed: fc.nat(0xffffff),
});

/** A call with names for numbers: what it gives is called as its layer or function, and by its place. */
interface Statement {
  readonly gives: string;
  readonly layer: string | undefined;
  readonly of: "add" | "mul" | "concat" | undefined;
  readonly values: readonly string[];
  readonly h0: string | undefined;
  readonly steps: "lengths" | "mask" | undefined;
}

/** A network as it would be written. */
export interface Written {
  readonly layers: ReadonlyMap<string, keyof typeof makers>;
  readonly statements: readonly Statement[];
  /** Outputs, and which values they are; all have T steps of F features. */
  readonly outputs: ReadonlyMap<string, string>;
  /** What has a final state that is an output too. */
  readonly states: string | undefined;
}

export function written({ kinds, calls, lengths, outputs, seed }: Wired): Written {
  const layers = new Map<string, keyof typeof makers>();
  const values = ["x", "z"];
  const states: string[] = [];
  const statements: Statement[] = [];
  const layerOf = (kind: keyof typeof makers, again = false): string => {
    const before = [...layers].find(([, other]) => other === kind);
    const name = again && before ? before[0] : `${kind}${layers.size}`;
    layers.set(name, kind);
    return name;
  };
  const nth = (all: readonly string[], k: number): string => all[k % all.length];
  const plain = { layer: undefined, of: undefined, h0: undefined, steps: undefined };
  for (const [k, call] of calls.entries()) {
    const gives = `v${k}`;
    const x = nth(values, call.x);
    if (call.what === "recurrent") {
      const kind = kinds[call.kind];
      const layer = layerOf(kind, call.again);
      const isSingle = kind in single;
      const h0 = isSingle && call.h0 !== null && states.length > 0 ? nth(states, call.h0) : undefined;
      const steps = call.stepped && lengths !== "none" ? lengths : undefined;
      statements.push({ ...plain, gives, layer, values: [x], h0, steps });
      if (isSingle) states.push(gives);
    } else if (call.what === "stepwise") {
      statements.push({ ...plain, gives, layer: layerOf(call.kind, call.again), values: [x] });
    } else {
      const two = [x, nth(values, call.y)];
      const isJoin = call.what === "join";
      const made = isJoin ? { layer: layerOf("join"), of: "concat" as const } : { of: call.what };
      statements.push({ ...plain, gives, ...made, values: two } as Statement);
    }
    values.push(gives);
  }
  const made = values.slice(2);
  const more = outputs.map((k, n) => [`y${n + 2}`, nth(made, k)] as const);
  return {
    layers,
    statements,
    outputs: new Map([["y", made[made.length - 1]], ...more]),
    states: states.length > 0 ? nth(states, seed) : undefined,
  };
}

/** Names of layers whose weights stay. */
export function frozenOf(draw: Wired): string[] {
  const all = [...written(draw).layers].flatMap(([name, kind]) => (kind in recurrent ? name : []));
  return draw.frozen === null || all.length < 2 ? [] : [all[draw.frozen % all.length]];
}

/** One line a call, and what comes out. */
export function inWords(draw: Wired): string {
  const { statements, outputs, states } = written(draw);
  const lines = statements.map(({ gives, layer, of, values, h0, steps }) => {
    const two = of ? `${of}(${values.join(", ")})` : values[0];
    const more = [h0 && `h0: ${h0}.hn`, steps].filter(Boolean).join(", ");
    return `${gives} = ${layer ? `${layer}(${two}${more && `, { ${more} }`})` : two}`;
  });
  const results = [...outputs].map(([name, value]) => `${name}: ${value}`);
  return [...lines, `{ ${[...results, ...(states ? [`hn: ${states}.hn`] : [])].join(", ")} }`].join("\n");
}

type Result = { readonly y: Value; readonly hn: Value };

/** A new one each time. */
export function netOf(draw: Wired): Model {
  const { layers, statements, outputs, states } = written(draw);
  const declared = Object.fromEntries([...layers].map(([name, kind]) => [name, makers[kind]()]));
  const { lengths } = draw;
  const which = lengths === "none" ? {} : { [lengths]: input[lengths]() };
  // Names are drawn: their types are not known here.
  const wire = (of: Record<string, (x: Value, more?: object) => Value | Result>, given: Inputs): object => {
    const values = new Map<string, Value>(Object.entries(given));
    const finals = new Map<string, Value>();
    const at = (name: string): Value => values.get(name) as Value;
    for (const { gives, layer, of: how, values: taken, h0, steps } of statements) {
      const all = taken.map(at);
      const value = how ? functions[how](all as never) : all[0];
      const more = { ...(h0 && { h0: finals.get(h0) }), ...(steps && { [steps]: given[steps] }) };
      const made = layer ? (Object.keys(more).length > 0 ? of[layer](value, more) : of[layer](value)) : value;
      const isResult = layer !== undefined && (layers.get(layer) ?? "") in recurrent;
      values.set(gives, isResult ? (made as Result).y : (made as Value));
      if (isResult) finals.set(gives, (made as Result).hn);
    }
    const results = [...outputs].map(([name, value]) => [name, at(value)]);
    return { ...Object.fromEntries(results), ...(states && { hn: finals.get(states) }) };
  };
  const inputs = { x: input.features(F), z: input.features(F), ...which };
  return model(declared as never, inputs as never, wire as never);
}

type Inputs = Readonly<Record<string, Value>>;
const functions = {
  add: ([a, b]: [Value, Value]): Value => add(a as never, b as never),
  mul: ([a, b]: [Value, Value]): Value => mul(a as never, b as never),
  concat: ([a, b]: [Value, Value]): Value => concat(a as never, b as never),
};
