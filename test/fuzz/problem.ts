// The network of a draw, and the numbers that go in: wired with model(), so that initial and final states,
// several outputs and a second layer are at hand.

import {
  attention,
  embedding,
  halves,
  input,
  type Loss,
  layerNorm,
  linear,
  type Model,
  model,
  mul,
  pool,
  type Tensor,
  tanh,
  type Value,
} from "../../src/index.js";
import { Random } from "../../src/random.js";
import { layerOf } from "./cells.js";
import type { Draw } from "./draws.js";
import { lossOf } from "./objective.js";

type Numbers = Tensor<Float64Array<ArrayBuffer>>;
type Ids = Tensor<Int32Array<ArrayBuffer>>;

/** A network and all that it is given. */
export interface Problem {
  readonly net: Model;
  readonly sizes: {
    readonly batchSize: number;
    readonly sequenceLength: number;
    readonly unbatched: boolean;
  };
  readonly weights: ReadonlyMap<string, Numbers>;
  /** Inputs that have a gradient, and those that have none. */
  readonly floats: ReadonlyMap<string, Numbers>;
  readonly integers: ReadonlyMap<string, Ids>;
  readonly objective:
    | { readonly loss: Loss; readonly target: Tensor<Numbers["data"] | Ids["data"]> }
    | { readonly cotangents: ReadonlyMap<string, Numbers> };
}

const V = 4;
/** Of initial states and weights; of a matrix less, so that what it gives is no larger than what goes in. */
const deviation = 0.5;
const deviationOf = (shape: readonly number[]): number => Math.min(deviation, 1 / Math.sqrt(shape[1] ?? 1));

/** attempt: another draw of the numbers alone. */
export function problemOf(draw: Draw, attempt: number): Problem {
  const { T, B, numLayers, direction, batchFirst, unbatched } = draw;
  const random = new Random(1000 * draw.seed + attempt);
  const D = direction === "both" ? 2 : 1;
  const { net, states, F, isPooled } = networkOf(draw, D);
  const numbers = (shape: readonly number[], scale = 1): Numbers => {
    const length = shape.reduce((n, d) => n * d, 1);
    return { shape, data: Float64Array.from({ length }, () => scale * random.normal()) };
  };
  const ids = (shape: readonly number[], below: number): Ids => {
    const length = shape.reduce((n, d) => n * d, 1);
    return { shape, data: Int32Array.from({ length }, () => random.below(below)) };
  };
  const batch = unbatched ? [] : [B];
  const overTime = (...last: number[]): number[] =>
    batchFirst ? [...batch, T, ...last] : [T, ...batch, ...last];

  const floats = new Map<string, Numbers>();
  const integers = new Map<string, Ids>();
  if (draw.front === "features") floats.set("x", numbers(overTime(draw.I)));
  else integers.set("x", ids(overTime(), V));
  const stateShapes = new Map([...states].map(([s, H]) => [s, [numLayers * D, ...batch, H]]));
  for (const s of givenStates(draw, states)) {
    floats.set(`${s}0`, numbers(stateShapes.get(s) ?? [], deviation));
  }
  if (draw.lengths === "lengths") integers.set("lengths", ids([B], T + 1));
  if (draw.lengths === "mask") integers.set("mask", ids(overTime(), 2));
  const shapes = [...net.shapes];
  const weights = new Map(shapes.map(([name, shape]) => [name, numbers(shape, deviationOf(shape))]));
  const finals = [...stateShapes].map(([s, shape]): [string, number[]] => [`${s}n`, shape]);
  const shape = isPooled ? [...batch, F] : overTime(F);
  const outputs: [string, number[]][] = [["y", shape], ...finals];
  const objective =
    draw.objective.kind === "outputs"
      ? { cotangents: new Map(outputs.map(([name, of]) => [name, numbers(of)])) }
      : lossOf(draw.objective, shape, random);
  const sizes = { batchSize: B, sequenceLength: T, unbatched };
  return { net, sizes, weights, floats, integers, objective };
}

type States = ReadonlyMap<string, number>;

function givenStates({ given }: Draw, states: States): string[] {
  if (given === "none") return [];
  return given === "first" ? ["h"] : [...states.keys()];
}

const pools = ["last", "mean", "max", "attention"] as const;
const scores = ["dot", "general", "additive"] as const;
const isOneOf = <N extends string>(names: readonly N[], name: string): name is N =>
  (names as readonly string[]).includes(name);

interface Described {
  readonly net: Model;
  /** The sizes of its states. */
  readonly states: States;
  /** The features of its output y, and whether it has no time. */
  readonly F: number;
  readonly isPooled: boolean;
}

function networkOf(draw: Draw, D: number): Described {
  const { I, H, direction, merge, tail } = draw;
  const options = {
    numLayers: draw.numLayers,
    bias: draw.bias,
    dropout: draw.dropout,
    inputDropout: draw.inputDropout,
    recurrentDropout: draw.recurrentDropout,
    dropConnect: draw.dropConnect,
    zoneout: draw.zoneout,
    learnedState: draw.learnedState,
    masked: draw.masked,
    ...(direction === "both" && { bidirectional: true, merge }),
    ...(direction === "reverse" && { reverse: true, reverseOrder: draw.reverseOrder }),
  };
  const { layer, states } = layerOf(draw.cell, I, H, options);
  const read = (merge === "concat" ? D : 1) * (states.get("h") ?? H);
  const isTokens = draw.front === "embedding";
  const which = draw.lengths === "none" ? {} : { [draw.lengths]: input[draw.lengths]() };
  const initial = givenStates(draw, states).map((s) => [`${s}0`, input.state()]);
  const inputs = {
    x: isTokens ? input.tokens() : input.features(I),
    ...which,
    ...Object.fromEntries(initial),
  };
  const isPooled = isOneOf(pools, tail);
  const layers = {
    table: embedding(V, I),
    rnn: layer,
    decoder: layerOf(draw.cell, read, H, options).layer,
    attend: attention(read, read, { score: isOneOf(scores, tail) ? tail : "dot" }),
    pool: pool(isPooled ? tail : "last"),
    norm: layerNorm(read),
    head: linear(tail === "halves" ? read / 2 : read, V),
  };
  // Which inputs there are is known to the draw alone: their names are strings here.
  const wire = (of: typeof layers, { x, ...given }: Steps) => {
    const call = of as unknown as Calls;
    const first = call.rnn(isTokens ? call.table(x) : x, given);
    const names = [...states.keys()];
    const finals = Object.fromEntries(names.map((s) => [`${s}n`, first[`${s}n`]]));
    if (tail === "bare") return { y: first.y, ...finals };
    const { lengths, mask } = given;
    const steps = { ...(lengths && { lengths }), ...(mask && { mask }) };
    const handed = Object.fromEntries(names.map((s) => [`${s}0`, first[`${s}n`]]));
    const second = (): Value => call.decoder(first.y, { ...given, ...handed }).y;
    const between = (): Value => {
      if (isPooled) return call.pool(first.y, steps);
      if (isOneOf(scores, tail)) return call.attend(second(), first.y, steps);
      if (tail === "norm") return call.norm(first.y);
      if (tail === "decoder") return second();
      if (tail === "head") return first.y;
      const [a, b] = halves(first.y);
      return mul(tanh(a), b);
    };
    return { y: call.head(between()), ...finals };
  };
  const net = model(layers as never, inputs as never, wire as never);
  return { net, states, F: tail === "bare" ? read : V, isPooled };
}

type Steps = Readonly<Record<string, Value>>;
interface Calls {
  table(ids: Value): Value;
  rnn(x: Value, given: Steps): Steps;
  decoder(x: Value, given: Steps): Steps;
  attend(query: Value, memory: Value, given: Steps): Value;
  pool(x: Value, given: Steps): Value;
  norm(x: Value): Value;
  head(x: Value): Value;
}
