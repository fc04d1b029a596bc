// What a trainer is made of, floor 5, and how it begins: from a seed, from weights, or from a checkpoint.

import type { Machine, Memory, Runnable } from "../backends/machine.js";
import { WeightsError } from "../errors.js";
import type { AnyNetwork } from "../network/network.js";
import { Owned } from "../network/owned.js";
import { type PlanRequest, trainingPlan } from "../network/planner.js";
import { rangesOf } from "../network/trained.js";
import { scaleIn, type Update } from "../network/update.js";
import { Variants } from "../network/variants.js";
import type { Buffer, Plan } from "../plan/plan.js";
import { seedWord } from "../random.js";
import type { Building, Weights } from "../types.js";
import { toMemory } from "../weights/blocks.js";
import { isFloatArray, showShape, sizeOf } from "../weights/tensors.js";
import {
  asBefore,
  ensureRunsAs,
  ensureSame,
  factsOf,
  ranOf,
  readCheckpoint,
  scaleName,
  stateFacts,
  stateOf,
} from "./checkpoint.js";

export interface TrainRequest extends PlanRequest, Building {
  readonly weights?: Weights;
  readonly seed?: number;
  readonly resume?: Uint8Array | ArrayBuffer;
}

export interface Parts {
  readonly net: AnyNetwork;
  readonly request: TrainRequest;
  readonly owned: Owned;
  readonly update: Update;
  readonly variants: Variants;
  /** What updates the weights: the plan itself, or another after several runs of it. */
  readonly updating: Runnable;
  readonly after: Plan | undefined;
  readonly moments: readonly Memory[];
  readonly metrics: Memory;
  readonly seed: number;
  readonly updates: number;
}

type Resumed = ReturnType<typeof readCheckpoint>;

/**
 * Takes memory, makes the plan, and restores a checkpoint if there is one. Frees everything if anything is
 * wrong.
 */
export async function openTraining(
  machine: Machine,
  net: AnyNetwork,
  asked: TrainRequest,
): Promise<{ readonly parts: Parts; readonly resumed: Resumed | undefined }> {
  const resumed = asked.resume === undefined ? undefined : readCheckpoint(asked.resume);
  const [lossScale = asked.lossScale, finite = 0] = resumed?.file.get(scaleName)?.data ?? [];
  const request = { ...(resumed ? asBefore(asked, resumed.ran) : asked), lossScale };
  const seed = resumed?.seed ?? seedWord("trainer: seed", request.seed ?? 0);
  const owned = await Owned.open(machine, net, startOf(net, request, resumed, seed), request.storage);
  try {
    if (owned.store.arena.parameters.size !== net.trace.parameters.length) {
      throw new WeightsError(
        "trainer: the weights are shared, and of more layers; it must have them all. Begin from tensors.",
      );
    }
    const planOf = (sized: PlanRequest) => trainingPlan(net, owned.store.arena, owned.store.buffers, sized);
    const { built, after, update } = planOf(request);
    const { storage } = owned.store.arena;
    if (resumed) ensureRunsAs(resumed.ran, ranOf(request, built, storage), request.float16);
    const allocated = async (buffers: readonly (Buffer | undefined)[]): Promise<Memory[]> => {
      const memories: Memory[] = [];
      for (const buffer of buffers) if (buffer) memories.push(await owned.allocate(buffer));
      return memories;
    };
    const moments = await allocated(update.moments);
    const [metrics] = await allocated([update.metrics]);
    if (update.firstScale) metrics.write(Float64Array.of(update.firstScale, finite), scaleIn);
    const added = await allocated(after ? [built.loss, built.gradients] : []);
    const shared = [...moments, metrics, ...added];
    const ready = await owned.build(built, shared, request);
    const variants = new Variants(owned, net, request, ready, (sized) => planOf(sized).built);
    const updating = after ? await owned.runnable(after, shared) : ready.runnable;
    if (update.ranges) updating.write(update.ranges, rangesOf(update.trained));
    const updates = resumed?.updates ?? 0;
    const parts = { net, request, owned, update, variants, updating, after, moments, metrics, seed, updates };
    if (resumed) restoreMoments(parts, resumed);
    return { parts, resumed };
  } catch (error) {
    owned.dispose("trainer");
    throw error;
  }
}

/** The optimizer's moments of a checkpoint that fits. */
function restoreMoments({ update, variants, moments }: Parts, { file }: Resumed): void {
  const carried = Array.from(variants.first.carried, ([name, { buffer }]) => [name, buffer] as const);
  ensureSame(stateFacts(stateOf(file)), stateFacts(carried));
  for (const memory of moments) {
    const { name } = memory.buffer;
    for (const { name: weight, shape, at, blocks } of update.trained.arena.parameters.values()) {
      const data = file.get(`~${name}/${weight}`)?.data;
      if (!isFloatArray(data) || data.length !== sizeOf(shape)) {
        throw new WeightsError(
          `resume: ${name} of ${weight} is damaged; it must be ${showShape(shape)}. Save it anew.`,
        );
      }
      memory.write(toMemory(data, blocks), at);
    }
  }
}

/** The weights to begin with. */
function startOf(
  net: AnyNetwork,
  request: TrainRequest,
  resumed: Resumed | undefined,
  seed: number,
): Weights {
  if (!resumed) return request.weights ?? net.initialWeights({ seed });
  ensureSame(resumed.facts, factsOf(net, request));
  return resumed.file;
}
