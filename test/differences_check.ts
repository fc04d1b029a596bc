// Gradients against central differences in float64, on the CPU: (L(w + e v) - L(w - e v)) / 2e against the
// inner product of dL/dw and v. Losses are computed here, in plain loops, from what a session gives: nothing
// of the library is trusted but its pass forward.

import { cpu, crossEntropy, type Model, squaredError, type Tensor } from "../src/index.js";
import { HasStore } from "../src/network/owned.js";
import { Random } from "../src/random.js";
import { toMemory } from "../src/weights/blocks.js";

export const float64 = cpu({ precision: "float64" });

export type Numbers = Tensor<Float64Array<ArrayBuffer>>;
type Named = ReadonlyMap<string, Numbers>;
type Outputs = Readonly<Record<string, ArrayLike<number>>>;

/**
 * What is differentiated: a loss of y, or the inner product of all outputs, or of all but y, with cotangents.
 */
export type Objective = "crossEntropy" | "squaredError" | "outputs" | "finals";

export interface Case {
  readonly net: Model;
  readonly objective: Objective;
  /** Shapes of the inputs of floats, which are drawn; inputs of integers as they are. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly tokens?: Readonly<Record<string, Tensor<Int32Array>>>;
  readonly batchSize: number;
  readonly sequenceLength: number | Readonly<Record<string, number>>;
  readonly seed: number;
  /** Inputs and weights that are too close to a kink are drawn anew. */
  readonly isNearKink?: (weights: Named, inputs: Named) => Promise<boolean>;
}

/**
 * The worst deviation, in units of max(1, the tensor's largest gradient), where it is, and how many tensors
 * were probed.
 */
export interface Report {
  readonly worst: number;
  readonly where: string;
  readonly tensors: number;
}

/** Single entries of a tensor that are probed, beside one direction through all of them. */
const singles = 1;
/**
 * Truncation grows with its square, rounding with its inverse; and it must lead over no kink that is 1e-3
 * away.
 */
const step = 3e-6;
/** Of weights and inputs. */
const deviation = 0.7;

/** Probes the gradient of every input of floats and of every weight. */
export async function checkDifferences(c: Case): Promise<Report> {
  const { net, batchSize, sequenceLength } = c;
  const { weights, inputs, random } = await drawn(c);
  const session = await float64.session(net, { weights, batchSize, sequenceLength } as never);
  if (!(session instanceof HasStore)) throw new Error("differences: a session has no weights");
  const { store } = session;
  const memory = store.shared.get(store.buffers.weights);
  const given = { ...c.tokens, ...Object.fromEntries(inputs) };
  const run = (): Outputs => session.runSync(given as never);
  const { value, request, target } = objectiveOf(c, run(), await shapesOf(c, given, weights), random);
  const got = await float64.gradients(net, { weights, inputs: { ...given, ...target }, ...request } as never);

  let worst = 0;
  let where = "";
  const note = (name: string, off: number): void => {
    if (off <= worst) return;
    worst = off;
    where = name;
  };
  const { loss } = got as { loss?: number };
  if (loss !== undefined) note("the loss", 1e3 * Math.abs(loss - value(run()))); // to 1e-10
  const probe = (name: string, { data }: Numbers, gradient: ArrayLike<number>, move: () => void): void => {
    if (gradient.length !== data.length) throw new Error(`differences: ${name} and its gradient differ`);
    const before = data.slice();
    const largest = Math.max(1, ...Array.from(gradient, Math.abs));
    const lossAt = (direction: ArrayLike<number>, e: number): number => {
      for (let k = 0; k < data.length; k += 1) data[k] = before[k] + e * direction[k];
      move();
      return value(run());
    };
    const check = (what: string, direction: ArrayLike<number>): void => {
      const slope = (lossAt(direction, step) - lossAt(direction, -step)) / (2 * step);
      note(what, Math.abs(slope - inner(gradient, direction)) / largest);
    };
    check(name, unit(Float64Array.from(data, () => random.normal())));
    for (let n = 0; n < singles; n += 1) {
      const at = random.below(data.length);
      check(
        `${name}[${at}]`,
        Float64Array.from(data, (_, k) => (k === at ? 1 : 0)),
      );
    }
    data.set(before);
    move();
  };

  const none = { data: new Float64Array() };
  for (const [name, tensor] of inputs) {
    const gradients = got.inputs as Record<string, Numbers | undefined>; // the network's names are not known here
    probe(name, tensor, (gradients[name] ?? none).data, () => {});
  }
  for (const [name, tensor] of weights) {
    probe(name, tensor, (got.weights.get(name) ?? none).data, () => {
      const { at, blocks } = store.arena.get(name);
      memory?.write(toMemory(tensor.data, blocks), at);
      void store.packAll(); // on the CPU it is done at once
    });
  }
  session.dispose();
  return { worst, where, tensors: inputs.size + weights.size };
}

async function drawn(c: Case): Promise<{ weights: Named; inputs: Named; random: Random }> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const random = new Random(1000 * c.seed + attempt);
    const all = (shapes: Iterable<readonly [string, readonly number[]]>): Named =>
      new Map([...shapes].map(([name, shape]) => [name, draw(random, shape, deviation)]));
    const weights = all(c.net.shapes);
    const inputs = all(Object.entries(c.inputs));
    if (!(await c.isNearKink?.(weights, inputs))) return { weights, inputs, random };
  }
  throw new Error("differences: every draw lies near a kink");
}

function draw(random: Random, shape: readonly number[], scale: number): Numbers {
  const length = shape.reduce((n, d) => n * d, 1);
  return { shape, data: Float64Array.from({ length }, () => scale * random.normal()) };
}

/** The objective as a function of the outputs, and as the library is asked for it. */
function objectiveOf(
  { objective }: Case,
  { y }: Outputs,
  shapes: Readonly<Record<string, readonly number[]>>,
  random: Random,
): { value: (outputs: Outputs) => number; request: object; target: object } {
  if (objective === "squaredError") {
    const target = draw(random, shapes.y, 1);
    const value = (o: Outputs): number => {
      const differences = Float64Array.from(o.y, (v, k) => v - target.data[k]);
      return inner(differences, differences) / y.length;
    };
    return { value, request: { loss: squaredError() }, target: { target } };
  }
  if (objective === "crossEntropy") {
    const shape = shapes.y.slice(0, -1);
    const V = shapes.y[shape.length];
    const data = Int32Array.from({ length: y.length / V }, (_, m) => (m % 4 === 3 ? -100 : random.below(V)));
    const value = (o: Outputs): number => meanCrossEntropy(o.y, data, V);
    return { value, request: { loss: crossEntropy() }, target: { target: { shape, data } } };
  }
  const cotangents = Object.fromEntries(
    Object.entries(shapes)
      .filter(([name]) => objective === "outputs" || name !== "y")
      .map(([name, shape]) => [name, draw(random, shape, 1)]),
  );
  const value = (o: Outputs): number =>
    Object.entries(cotangents).reduce((sum, [name, { data }]) => sum + inner(o[name], data), 0);
  return { value, request: { cotangents }, target: {} };
}

/** By its definition. -100 does not count. */
function meanCrossEntropy(y: ArrayLike<number>, ids: Int32Array, V: number): number {
  let sum = 0;
  let counted = 0;
  ids.forEach((id, m) => {
    if (id < 0) return;
    let total = 0;
    for (let v = 0; v < V; v += 1) total += Math.exp(y[m * V + v]);
    sum += Math.log(total) - y[m * V + id];
    counted += 1;
  });
  return sum / counted;
}

async function shapesOf(
  { net }: Case,
  inputs: object,
  weights: Named,
): Promise<Record<string, readonly number[]>> {
  const { outputs } = await float64.gradients(net, { weights, inputs, cotangents: {} } as never);
  const named: Readonly<Record<string, Numbers>> = outputs;
  return Object.fromEntries(Object.entries(named).map(([name, { shape }]) => [name, shape]));
}

function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < b.length; k += 1) sum += a[k] * b[k];
  return sum;
}

function unit(direction: Float64Array): Float64Array {
  const length = Math.sqrt(inner(direction, direction));
  return direction.map((v) => v / length);
}
