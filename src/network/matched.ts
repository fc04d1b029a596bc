// Whether weights are a network's, floor 5: their names, shapes and values are checked before anything is
// allocated.

import { WeightsError } from "../errors.js";
import type { ParameterSpec } from "../plan/arena.js";
import {
  type AnyTensor,
  entries,
  type FloatArray,
  isFloatArray,
  kindOf,
  showShape,
  sizeOf,
  type Tensors,
} from "../weights/tensors.js";
import type { AnyNetwork } from "./network.js";

/**
 * The numbers of every weight of the network. Names outside its layers are passed over, and so is what a
 * checkpoint holds beside weights (names that begin with ~); an unknown name under one of its layers is an
 * error.
 */
export function matched({ trace }: AnyNetwork, weights: Tensors): Map<string, FloatArray> {
  const given = named(weights);
  const names = new Set(trace.parameters.map(({ name }) => name));
  const layers = new Set([...names].map(layerOf));
  for (const name of given.keys()) {
    const layer = layerOf(name);
    if (names.has(name) || !layers.has(layer)) continue;
    const known = [...names].filter((other) => layerOf(other) === layer).join(", ");
    throw new WeightsError(
      `weights: ${name} is not one of the network's; ${layer || "it"} has ${known}. Rename or leave it out.`,
    );
  }
  const pairs = trace.parameters.map((spec) => ({ spec, tensor: tensorOf(spec, given) }));
  const wrong = pairs.filter(({ spec, tensor }) => showShape(spec.shape) !== showShape(tensor.shape));
  const worst = wrong.find(({ spec, tensor }) => guess(spec, tensor)) ?? wrong[0];
  if (worst) {
    const { spec, tensor } = worst;
    const [found, needed] = [showShape(tensor.shape), showShape(spec.shape)];
    throw new WeightsError(
      `weights: ${spec.name} is ${found}; ${kindOfLayer(trace, spec.name)} needs ${needed}. ` +
        (guess(spec, tensor) || "Give weights of these sizes, or describe the network with theirs."),
    );
  }
  return new Map(pairs.map(({ spec, tensor }) => [spec.name, numbers(spec, tensor.data)]));
}

function named(weights: Tensors): Map<string, AnyTensor> {
  return new Map([...entries("weights", weights)].filter(([name]) => !name.startsWith("~")));
}

function tensorOf({ name, shape }: ParameterSpec, given: ReadonlyMap<string, AnyTensor>): AnyTensor {
  const tensor = given.get(name);
  if (!tensor) {
    const there = [...given.keys()].slice(0, 4).join(", ");
    throw new WeightsError(
      `weights: ${name} is missing; the network needs ${showShape(shape)}. There are ${there || "none"}. ` +
        "Give all weights, or begin from net.initialWeights().",
    );
  }
  if (Array.isArray(tensor.shape)) return tensor;
  throw new WeightsError(
    `weights: ${name} is of kind ${kindOf(tensor)}; it must be a tensor. Give { shape, data }.`,
  );
}

/** "rnn" of rnn.weight_ih_l0; "" of a bare layer's weight. */
function layerOf(name: string): string {
  const at = name.lastIndexOf(".");
  return at < 0 ? "" : name.slice(0, at);
}

/** "lstm(64, 256)" of one of its weights. */
function kindOfLayer({ nodes }: AnyNetwork["trace"], name: string): string {
  const node = nodes.find(({ layer, name: prefix }) =>
    layer.parameters.some((p) => prefix + p.name === name),
  );
  return node?.layer.kind ?? "the network";
}

/** What recurrent weights of another number of gates look like; empty if they look like nothing known. */
function guess({ name, shape }: ParameterSpec, { shape: found }: AnyTensor): string {
  const gates = /weight_hh_l\d/.test(name) && found[1] === shape[1] ? found[0] / shape[1] : 0;
  const cells: Record<number, string> = { 1: "an RNN's", 3: "a GRU's", 4: "an LSTM's" };
  const cell = cells[gates];
  return cell ? `These look like ${cell} weights (${gates} gate${gates > 1 ? "s" : ""}).` : "";
}

function numbers({ name, shape }: ParameterSpec, data: unknown): FloatArray {
  if (!isFloatArray(data) || data.length !== sizeOf(shape)) {
    throw new WeightsError(
      `weights: ${name} must be ${sizeOf(shape)} floats; give a Float32Array or Float64Array.`,
    );
  }
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return data;
  throw new WeightsError(
    `weights: ${name} has ${data[wrong]} at ${wrong}; weights must be finite. Load a sound file.`,
  );
}
