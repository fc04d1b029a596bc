// A trainer's file, floor 5: a safetensors file of weights by their names, and beside them the optimizer's moments ("~m/rnn.weight_hh_l0")
// and the carried state ("~state/rnn.h"). Read as weights it is weights; what begins with ~ is passed over.

import type { Floats32or64 } from "./backends/machine.js";
import { WeightsError } from "./errors.js";
import type { ParameterSpec } from "./plan/arena.js";
import { readSafetensors, writeSafetensors } from "./weights/safetensors.js";
import { type FloatArray, isFloatArray, type Tensor } from "./weights/tensors.js";

const format = "webrnn checkpoint 1";

type Named<A> = ReadonlyMap<string, Tensor<A>>;

export interface Checkpoint<A extends FloatArray = FloatArray> {
  readonly optimizer: string;
  readonly updates: number;
  readonly seed: number;
  readonly weights: Named<A>;
  readonly moments: ReadonlyMap<string, Named<A>>;
  readonly state: Named<A>;
}

export function writeCheckpoint(
  c: Checkpoint<Floats32or64> & { readonly network: { readonly parameters: readonly ParameterSpec[] } },
): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, Tensor<FloatArray>>(c.weights);
  for (const [moment, named] of c.moments) {
    for (const [name, tensor] of named) tensors.set(`~${moment}/${name}`, tensor);
  }
  for (const [name, tensor] of c.state) tensors.set(`~state/${name}`, tensor);
  return writeSafetensors(tensors, {
    format,
    optimizer: c.optimizer,
    updates: String(c.updates),
    seed: String(c.seed),
    strategy: "step",
    moments: [...c.moments.keys()].join(" "),
    architecture: c.network.parameters.map(({ name, shape }) => `${name} ${shape.join("x")}`).join("\n"),
  });
}

/** @throws WeightsError if the bytes are no checkpoint of this format. */
export function readCheckpoint(bytes: Uint8Array | ArrayBuffer): Checkpoint {
  const file = readSafetensors(bytes);
  const { metadata } = file;
  if (metadata.format !== format) {
    throw new WeightsError(
      `resume: the file's format is ${metadata.format ?? "not said"}; it must be ${format}. ` +
        "Give what trainer.save() gave; plain weights go into `weights`.",
    );
  }
  const [updates, seed] = [Number(metadata.updates), Number(metadata.seed)];
  if (!Number.isSafeInteger(updates) || !Number.isSafeInteger(seed) || updates < 0) {
    throw new WeightsError("resume: the file does not say after how many updates it was made; save it anew.");
  }
  const weights = new Map<string, Tensor<FloatArray>>();
  const moments = new Map<string, Map<string, Tensor<FloatArray>>>();
  const state = new Map<string, Tensor<FloatArray>>();
  for (const [name, { shape, data }] of file) {
    if (!isFloatArray(data)) continue;
    const [, kind, rest] = /^~([^/]+)\/(.*)$/s.exec(name) ?? [];
    if (!kind) weights.set(name, { shape, data });
    else if (kind === "state") state.set(rest, { shape, data });
    else
      moments.set(
        kind,
        (moments.get(kind) ?? new Map<string, Tensor<FloatArray>>()).set(rest, { shape, data }),
      );
  }
  return { optimizer: metadata.optimizer ?? "", updates, seed, weights, moments, state };
}
