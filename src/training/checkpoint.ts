// A trainer's file, floor 5: a safetensors file of weights by their names, and beside them the optimizer's
// moments ("~m/rnn.weight_hh_l0"), the carried state ("~state/rnn.h") and the loss scale ("~scale"). Read as weights
// it is weights; what begins with ~ is passed over. Its metadata says of what network and with which options it was
// made, so that one that does not fit is refused, and how its layers ran, so that they go on so where the device can.

import type { Contents } from "../backends/machine.js";
import { WeightsError } from "../errors.js";
import type { Built } from "../network/build.js";
import { keyOf } from "../network/call.js";
import type { AnyNetwork } from "../network/network.js";
import type { PlanRequest } from "../network/planner.js";
import { trainedOf } from "../network/trained.js";
import { scaleIn } from "../network/update.js";
import type { Storage } from "../plan/arena.js";
import { arithmeticOf } from "../plan/choice.js";
import { hardware, ordinary } from "../plan/device_class.js";
import { readSafetensors, type Safetensors, writeSafetensors } from "../weights/safetensors.js";
import { type AnyTensor, showShape, type Tensors } from "../weights/tensors.js";

const format = "webrnn checkpoint 1";

export interface Checkpoint {
  /** What it was made of: lines that a trainer compares with its own. */
  readonly facts: readonly string[];
  /** How its layers ran. */
  readonly ran: Ran;
  readonly updates: number;
  readonly seed: number;
}

/** What bits hang on beside the facts: the class of device, what was asked, sizes, and what was chosen for them. */
export type Ran = Readonly<Record<(typeof ranFields)[number], string>>;
const ranFields = ["device", "strategy", "storage", "arithmetic", "sizes", "chosen"] as const;

/** What a checkpoint of this trainer says that it was made of: the optimizer, layers, weights. */
export function factsOf({ trace, arena }: AnyNetwork, request: PlanRequest): string[] {
  const { kind = "", "~rule": rule } = request.optimizer ?? {};
  const { frozen } = trainedOf(arena, request);
  const layers = trace.nodes.flatMap((node) =>
    node.layer.parameters.length > 0 ? [`layer ${node.name.slice(0, -1)} ${node.layer.kind}`] : [],
  );
  const weights = trace.parameters.map(
    ({ name, shape }) => `weight ${name} ${showShape(shape)}${frozen.has(name) ? " frozen" : ""}`,
  );
  return [`optimizer ${[kind, ...(rule?.moments ?? [])].join(" ")}`, ...layers, ...weights];
}

/** storage: of the weights, which may be another's. */
export function ranOf(request: PlanRequest, { plan, sizes }: Built, storage: Storage): Ran {
  const { device = ordinary, strategy = "" } = request;
  const chosen = Array.from(
    plan.chosen,
    ([what, { strategy, steps, parts }]) => `${what}: ${strategy} of ${steps}, sums in ${parts.join(" ")}`,
  );
  const arithmetic = arithmeticOf({ ...request, storage });
  return {
    device: device.name,
    strategy,
    storage,
    arithmetic,
    sizes: keyOf(sizes),
    chosen: chosen.join("\n"),
  };
}

/**
 * A request with what a file's trainer was asked for, and its class of device, where both are GPUs: another one nearby
 * may have been measured since. Choices are functions of these.
 */
export function asBefore<R extends PlanRequest>(request: R, ran: Ran): R {
  const classes = [ordinary, ...hardware];
  const theirs = classes.find(({ name }) => name === ran.device);
  const {
    device = ordinary,
    strategy = ran.strategy || undefined,
    storage = ran.storage || undefined,
    arithmetic = ran.arithmetic || "float32",
  } = request;
  const kept = {
    device: classes.includes(device) ? (theirs ?? device) : device,
    strategy,
    storage,
    arithmetic,
  };
  return { ...request, ...(kept as Pick<PlanRequest, keyof typeof kept>) }; // as another trainer's request had them
}

/**
 * float16: whether the device has it.
 *
 * @throws WeightsError if a layer would run otherwise than it did on such a device for the same sizes.
 */
export function ensureRunsAs(theirs: Ran, ours: Ran, float16 = false): void {
  const isLacking = theirs.arithmetic === "float16" && !float16; // another device, of the same class
  if (isLacking || theirs.device !== ours.device || theirs.sizes !== ours.sizes) return; // no bits are kept then
  const lines = ({ storage, arithmetic, chosen }: Ran): string[] => [
    `weights in ${storage}`,
    `products in ${arithmetic || "float32"}`,
    ...chosen.split("\n"),
  ];
  ensureSame(lines(theirs), lines(ours));
}

/** The carried state. */
export function stateFacts(
  state: Iterable<readonly [string, { readonly shape: readonly number[] }]>,
): string[] {
  return [...state].map(([name, { shape }]) => `state ${name} ${showShape(shape)}`);
}

/** @throws WeightsError if a file was made of something else. */
export function ensureSame(theirs: readonly string[], ours: readonly string[]): void {
  const found = theirs.find((fact) => !ours.includes(fact));
  const wanted = ours.find((fact) => !theirs.includes(fact));
  if (found === undefined && wanted === undefined) return;
  throw new WeightsError(
    `resume: the file has ${found ?? "nothing more"}; this trainer has ${wanted ?? "nothing more"}. ` +
      "Give that of the same network and options, or only its weights.",
  );
}

/** What lies beside the weights in a file: "~m/rnn.weight_hh_l0" of the moment m. */
export function beside<A>(kind: string, named: Iterable<readonly [string, A]>): [string, A][] {
  return Array.from(named, ([name, tensor]) => [`~${kind}/${name}`, tensor]);
}

/** [2]: the loss scale, and how many updates have been finite since it changed. Who resumes goes on with these. */
export const scaleName = "~scale";

/** The same of what a trainer keeps on its device. */
export function scaleBeside(metrics: Contents): [string, AnyTensor][] {
  return [[scaleName, { shape: [2], data: metrics.slice(scaleIn) }]];
}

/** The carried state of a file. */
export function stateOf(file: Safetensors): Map<string, AnyTensor> {
  const prefix = "~state/";
  const state = [...file].filter(([name]) => name.startsWith(prefix));
  return new Map(state.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

export function writeCheckpoint(
  { updates, seed, facts, ran }: Checkpoint,
  tensors: Tensors,
): Uint8Array<ArrayBuffer> {
  return writeSafetensors(tensors, {
    format,
    updates: String(updates),
    seed: String(seed),
    facts: facts.join("\n"),
    ...ran,
  });
}

/** @throws WeightsError if the bytes are no checkpoint of this format. */
export function readCheckpoint(bytes: Uint8Array | ArrayBuffer): Checkpoint & { readonly file: Safetensors } {
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
  const ran = Object.fromEntries(ranFields.map((name) => [name, metadata[name] ?? ""])) as Ran; // of all its fields
  return { facts: (metadata.facts ?? "").split("\n"), ran, updates, seed, file };
}
