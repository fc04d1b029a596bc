// What a trainer is made of, floor 5, and how it begins: from a seed, from weights, or from a checkpoint.

import type { Machine, Memory } from "../backends/machine.js";
import { checkSize, ShapeError, WeightsError } from "../errors.js";
import type { AnyNetwork } from "../network/network.js";
import { Owned, type Ready } from "../network/owned.js";
import { type PlanRequest, type TrainingPlan, trainingPlan } from "../network/planner.js";
import type { Rate } from "../optimizers/optimizer.js";
import type { Buffer } from "../plan/plan.js";
import { seedWord } from "../random.js";
import type { Building, Weights } from "../types.js";
import { showShape, sizeOf } from "../weights/tensors.js";
import { type Checkpoint, ensureSame, factsOf, readCheckpoint, stateFacts } from "./checkpoint.js";

export interface TrainRequest extends PlanRequest, Building {
  readonly weights?: Weights;
  readonly seed?: number;
  readonly resume?: Uint8Array | ArrayBuffer;
  readonly clipNorm?: Rate;
  readonly clipValue?: Rate;
  readonly clipRecurrent?: Rate;
}

export interface Parts {
  readonly net: AnyNetwork;
  readonly request: TrainRequest;
  readonly owned: Owned;
  readonly training: TrainingPlan;
  readonly ready: Ready;
  readonly moments: ReadonlyMap<string, Memory>;
  readonly metrics: Memory;
  readonly seed: number;
  readonly updates: number;
}

/**
 * Takes memory, makes the plan, and restores a checkpoint if there is one. Frees everything if anything is
 * wrong.
 */
export async function openTraining(
  machine: Machine,
  net: AnyNetwork,
  request: TrainRequest,
): Promise<{ readonly parts: Parts; readonly resumed: Checkpoint | undefined }> {
  const resumed = request.resume === undefined ? undefined : readCheckpoint(request.resume);
  const seed = resumed?.seed ?? seedWord("trainer: seed", request.seed ?? 0);
  if (request.clipNorm !== undefined && request.clipValue !== undefined) {
    throw new ShapeError("trainer: clipNorm and clipValue are given; it must be one of them. Leave one out.");
  }
  if (request.cutEvery !== undefined) checkSize("trainer: cutEvery", request.cutEvery);
  const owned = await Owned.open(machine, net, startOf(net, request, resumed, seed));
  try {
    if (owned.store.arena.parameters.size !== net.trace.parameters.length) {
      throw new WeightsError(
        "trainer: the weights that are shared are of more layers than the network's; it must have them all, " +
          "since an update is of all weights. Share with a session, or begin from tensors.",
      );
    }
    const training = trainingPlan(net, owned.store.arena, owned.store.buffers, request);
    const moments = new Map<string, Memory>();
    for (const buffer of training.moments) moments.set(buffer.name, await owned.allocate(buffer));
    const metrics = await owned.allocate(training.metrics);
    const shared = [...moments.values(), metrics].map((memory): [Buffer, Memory] => [memory.buffer, memory]);
    const ready = await owned.build(training.built, new Map(shared), request);
    const updates = resumed?.updates ?? 0;
    const parts = { net, request, owned, training, ready, moments, metrics, seed, updates };
    if (resumed) restoreMoments(parts, resumed);
    return { parts, resumed };
  } catch (error) {
    owned.dispose("trainer");
    throw error;
  }
}

/** The optimizer's moments of a checkpoint that fits. */
function restoreMoments(
  { net, owned, ready, moments: memories }: Parts,
  { moments, state }: Checkpoint,
): void {
  const carried = [...ready.carried].map(([name, { buffer }]) => [name, buffer] as const);
  ensureSame(stateFacts(state), stateFacts(carried));
  for (const [name, memory] of memories) {
    for (const { name: weight, shape } of net.trace.parameters) {
      const tensor = moments.get(name)?.get(weight);
      if (tensor?.data.length !== sizeOf(shape)) {
        throw new WeightsError(
          `resume: ${name} of ${weight} is damaged; it must be ${showShape(shape)}. Save it anew.`,
        );
      }
      const { data, at } = owned.store.place(weight, tensor.data);
      memory.write(data, at);
    }
  }
}

/** The weights to begin with. */
function startOf(
  net: AnyNetwork,
  request: TrainRequest,
  resumed: Checkpoint | undefined,
  seed: number,
): Weights {
  if (!resumed) return request.weights ?? net.initialWeights({ seed });
  ensureSame(resumed.facts, factsFor(net, request));
  return resumed.weights;
}

/** What a checkpoint of this trainer says that it was made of. */
export function factsFor({ trace }: AnyNetwork, { optimizer }: TrainRequest): string[] {
  return factsOf(trace, optimizer?.kind ?? "", optimizer?.["~rule"]?.moments ?? []);
}
