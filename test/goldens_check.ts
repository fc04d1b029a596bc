// The goldens against a backend: what PyTorch computed in float64, outputs and every gradient. The same
// checks run on the CPU in node and on WebGPU in a browser.

import { type Backend, gru, layerNorm, lstm, type Model, rnn, type Tensor } from "../src/index.js";
import type { CellCase, LayerNormCase, ModuleCase } from "./fixtures/goldens.js";
import { tensor, tensorsUnder } from "./fixtures/goldens.js";

/** In float32 or in float64. */
export type AnyBackend = Backend | Backend<Float64Array<ArrayBuffer>>;

/** How far outputs and gradients may be off: |got - want| <= tolerance · max(1, largest |want|). */
export interface Tolerance {
  readonly forward: number;
  readonly backward: number;
}

/** The largest deviation, in units of max(1, largest |want|). */
export function deviation(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) throw new Error(`there are ${got.length} numbers, not ${want.length}`);
  let largest = 1;
  let worst = 0;
  for (let k = 0; k < want.length; k++) {
    largest = Math.max(largest, Math.abs(want[k]));
    const off = Math.abs(got[k] - want[k]);
    worst = off > worst || Number.isNaN(off) ? off : worst;
    if (Number.isNaN(off)) return Number.POSITIVE_INFINITY;
  }
  return worst / largest;
}

/** The layer of a case, as our API says it. */
function layerOf(id: string, args: ModuleCase["args"] | CellCase["args"]): Model {
  const more = args as ModuleCase["args"];
  const options = {
    numLayers: more.num_layers ?? 1,
    bias: args.bias,
    ...(more.proj_size !== undefined && { projSize: more.proj_size }),
    ...(more.bidirectional ? { bidirectional: true as const } : {}),
  };
  if (id.startsWith("lstm")) return lstm(args.input_size, args.hidden_size, options);
  if (id.startsWith("gru")) return gru(args.input_size, args.hidden_size, options);
  return rnn(args.input_size, args.hidden_size, { ...options, nonlinearity: args.nonlinearity ?? "tanh" });
}

/** A case as our API says it. */
export interface Call {
  readonly net: Model;
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly inputs: Readonly<Record<string, Tensor<Float32Array | Int32Array>>>;
  readonly batchFirst: boolean;
  /** Of outputs, inputs and weights, ours and the golden's. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly inputGradients: Readonly<Record<string, Tensor>>;
  readonly weightGradients: ReadonlyMap<string, Tensor>;
}

/** The gradient of the goldens' loss by an output: cos(frequency · i + phase). */
const waves: Readonly<Record<string, readonly [number, number]>> = {
  y: [0.37, 0.11],
  hn: [0.53, 0.29],
  cn: [0.71, 0.41],
};

export function wave(name: string, { shape, data }: Tensor): Tensor<Float64Array> {
  const [frequency, phase] = waves[name];
  return { shape, data: Float64Array.from(data, (_, i) => Math.cos(frequency * i + phase)) };
}

async function callOf(golden: ModuleCase): Promise<Call> {
  const states = golden.id.startsWith("lstm") ? ["h", "c"] : ["h"];
  const has = new Set(golden.tensors);
  const given = async (names: readonly [string, string][]): Promise<Record<string, Tensor>> => {
    const found = names.filter(([, theirs]) => has.has(theirs));
    const tensors = found.map(async ([ours, theirs]) => [ours, await tensor(golden, theirs)] as const);
    return Object.fromEntries(await Promise.all(tensors));
  };
  const state = (prefix: string): [string, string][] => states.map((s) => [`${s}0`, `${prefix}/${s}0`]);
  const final = states.map((s): [string, string] => [`${s}n`, `out/${s}_n`]);
  return {
    net: layerOf(golden.id, golden.args),
    weights: await tensorsUnder(golden, `${golden.id}/w/`),
    inputs: {
      ...(await given([["x", "in/x"]])),
      ...(await given(state("in"))),
      ...(golden.lengths && { lengths: { shape: [golden.B], data: Int32Array.from(golden.lengths) } }),
    },
    batchFirst: golden.args.batch_first,
    outputs: { ...(await given([["y", "out/y"]])), ...(await given(final)) },
    inputGradients: { ...(await given([["x", "grad/x"]])), ...(await given(state("grad"))) },
    weightGradients: await tensorsUnder(golden, `${golden.id}/grad/w/`),
  };
}

/** A cell is a layer whose steps are stepped by hand: the same numbers. */
async function callOfCell(golden: CellCase): Promise<Call> {
  const states = golden.id.startsWith("lstm") ? ["h", "c"] : ["h"];
  const has = new Set(golden.tensors);
  const one = ({ shape, data }: Tensor): Tensor => ({ shape: [1, ...shape], data });
  const named = (tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> =>
    new Map([...tensors].map(([name, value]) => [`${name}_l0`, value]));
  const some = async (
    names: readonly [string, string][],
    f: (t: Tensor) => Tensor,
  ): Promise<Record<string, Tensor>> => {
    const found = names.filter(([, theirs]) => has.has(theirs));
    return Object.fromEntries(
      await Promise.all(
        found.map(async ([ours, theirs]) => [ours, f(await tensor(golden, theirs))] as const),
      ),
    );
  };
  const same = (t: Tensor): Tensor => t;
  return {
    net: layerOf(golden.id, golden.args),
    weights: named(await tensorsUnder(golden, `${golden.id}/w/`)),
    inputs: {
      ...(await some([["x", "in/x"]], same)),
      ...(await some(
        states.map((s) => [`${s}0`, `in/${s}0`]),
        one,
      )),
    },
    batchFirst: false,
    outputs: {
      ...(await some([["y", "out/y"]], same)),
      ...(await some(
        states.map((s) => [`${s}n`, `out/${s}_n`]),
        one,
      )),
    },
    inputGradients: {
      ...(await some([["x", "grad/x"]], same)),
      ...(await some(
        states.map((s) => [`${s}0`, `grad/${s}0`]),
        one,
      )),
    },
    weightGradients: named(await tensorsUnder(golden, `${golden.id}/grad/w/`)),
  };
}

/** The axes that are normalized as one, all others as steps of one sequence: the same numbers. */
async function callOfNorm(golden: LayerNormCase): Promise<Call> {
  const { normalized_shape, eps, elementwise_affine: elementwiseAffine } = golden.args;
  const size = normalized_shape.reduce((n, d) => n * d, 1);
  const steps = async (name: string): Promise<Tensor> => {
    const { data } = await tensor(golden, name);
    return { shape: [1, data.length / size, size], data };
  };
  const flat = async (prefix: string): Promise<Map<string, Tensor>> => {
    const named = await tensorsUnder(golden, `${golden.id}/${prefix}/`);
    return new Map([...named].map(([name, { data }]) => [name, { shape: [size], data }]));
  };
  return {
    net: layerNorm(size, { eps, elementwiseAffine }),
    weights: await flat("w"),
    inputs: { x: await steps("in/x") },
    batchFirst: true,
    outputs: { y: await steps("out/y") },
    inputGradients: { x: await steps("grad/x") },
    weightGradients: await flat("grad/w"),
  };
}

export function callOfGolden(golden: ModuleCase | CellCase | LayerNormCase): Promise<Call> {
  const calls = { module: callOf, packed: callOf, cell: callOfCell, layernorm: callOfNorm };
  return calls[golden.kind](golden as never); // its kind has chosen which
}

/** Runs a case; gives the worst deviation of outputs and of gradients. */
export async function checkLayer(
  backend: AnyBackend,
  golden: ModuleCase | CellCase | LayerNormCase,
  how: object = {},
): Promise<{ forward: number; backward: number; compared: number }> {
  const call = await callOfGolden(golden);
  const cotangents = Object.fromEntries(
    Object.entries(call.outputs).map(([name, t]) => [name, wave(name, t)]),
  );
  const { net, weights, inputs, batchFirst } = call;
  // The network is one of many kinds: its types are not known here.
  const request = { weights, inputs, cotangents, batchFirst, ...how };
  const got = await (backend as Backend).gradients(net, request as never);
  const record = got as unknown as { outputs: Record<string, Tensor>; inputs: Record<string, Tensor> };
  let [forward, backward, compared] = [0, 0, 0];
  const off = (name: string, found: Tensor | undefined, want: Tensor): number => {
    if (String(found?.shape) !== String(want.shape)) {
      throw new Error(`${name} is [${found?.shape}], it must be [${want.shape}]`);
    }
    compared += 1;
    return deviation(found?.data ?? [], want.data);
  };
  for (const [name, want] of Object.entries(call.outputs)) {
    forward = Math.max(forward, off(name, record.outputs[name], want));
  }
  for (const [name, want] of Object.entries(call.inputGradients)) {
    backward = Math.max(backward, off(`d ${name}`, record.inputs[name], want));
  }
  for (const [name, want] of call.weightGradients) {
    backward = Math.max(backward, off(`d ${name}`, got.weights.get(name) as Tensor | undefined, want)); // of floats
  }
  return { forward, backward, compared };
}
