// A trainer's file, floor 5: a safetensors file of weights by their names, and beside them the optimizer's
// moments ("~m/rnn.weight_hh_l0") and the carried state ("~state/rnn.h"). Read as weights it is weights; what
// begins with ~ is passed over. Its metadata says of what network and with which options it was made, so that
// one that does not fit is refused.

import type { Floats32or64 } from "../backends/machine.js";
import { WeightsError } from "../errors.js";
import type { Trace } from "../network/trace.js";
import { readSafetensors, writeSafetensors } from "../weights/safetensors.js";
import { type FloatArray, isFloatArray, showShape, type Tensor } from "../weights/tensors.js";

const format = "webrnn checkpoint 1";

type Named<A> = ReadonlyMap<string, Tensor<A>>;

export interface Checkpoint<A extends FloatArray = FloatArray> {
  /** What it was made of: lines that a trainer compares with its own. */
  readonly facts: readonly string[];
  readonly updates: number;
  readonly seed: number;
  readonly weights: Named<A>;
  readonly moments: ReadonlyMap<string, Named<A>>;
  readonly state: Named<A>;
}

/** The optimizer, the strategy, every layer and every weight. */
export function factsOf(
  trace: Trace,
  optimizer: string,
  moments: readonly string[],
  frozen: ReadonlySet<string>,
): string[] {
  const layers = trace.nodes.flatMap((node) =>
    node.layer.parameters.length > 0 ? [`layer ${node.name.slice(0, -1)} ${node.layer.kind}`] : [],
  );
  const weights = trace.parameters.map(
    ({ name, shape }) => `weight ${name} ${showShape(shape)}${frozen.has(name) ? " frozen" : ""}`,
  );
  return [`optimizer ${[optimizer, ...moments].join(" ")}`, "strategy step", ...layers, ...weights];
}

/** The carried state. */
export function stateFacts(
  state: Iterable<readonly [string, { readonly shape: readonly number[] }]>,
): string[] {
  return [...state].map(([name, { shape }]) => `state ${name} ${showShape(shape)}`);
}

/** @throws WeightsError if a file was made of something else. */
export function ensureSame(theirs: readonly string[], ours: readonly string[]): void {
  const [found, wanted] = [
    theirs.find((fact) => !ours.includes(fact)),
    ours.find((fact) => !theirs.includes(fact)),
  ];
  if (found === undefined && wanted === undefined) return;
  throw new WeightsError(
    `resume: the file has ${found ?? "nothing more"}; this trainer has ${wanted ?? "nothing more"}. ` +
      "Give what trainer.save() gave with the same network and options, or only its weights.",
  );
}

export function writeCheckpoint(c: Checkpoint<Floats32or64>): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, Tensor<FloatArray>>(c.weights);
  for (const [moment, named] of c.moments) {
    for (const [name, tensor] of named) tensors.set(`~${moment}/${name}`, tensor);
  }
  for (const [name, tensor] of c.state) tensors.set(`~state/${name}`, tensor);
  const { updates, seed, facts } = c;
  return writeSafetensors(tensors, {
    format,
    updates: String(updates),
    seed: String(seed),
    facts: facts.join("\n"),
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
    const ofKind = moments.get(kind) ?? new Map<string, Tensor<FloatArray>>();
    if (!kind) weights.set(name, { shape, data });
    else if (kind === "state") state.set(rest, { shape, data });
    else moments.set(kind, ofKind.set(rest, { shape, data }));
  }
  return { facts: (metadata.facts ?? "").split("\n"), updates, seed, weights, moments, state };
}
