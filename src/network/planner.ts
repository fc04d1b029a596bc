// The plans of a network, floor 5: of inference, and of a training step (forward, loss, backward, norm,
// update) in one pass.

import { checkSize, ShapeError } from "../errors.js";
import { pack, packHalf } from "../kernels/pack.js";
import type { Loss, LossRule } from "../losses/loss.js";
import type { Arena } from "../plan/arena.js";
import type { Means } from "../plan/choice.js";
import { type Buffer, Plan } from "../plan/plan.js";
import { type BuildOptions, type Built, build } from "./build.js";
import type { Sizes } from "./layout.js";
import type { AnyNetwork } from "./network.js";
import { ruleOf, Update, type UpdateRequest } from "./update.js";

export interface PlanRequest extends Sizes, UpdateRequest, Omit<Means, "seconds"> {
  readonly loss?: Loss | Readonly<Record<string, Loss | undefined>>;
  readonly stateful?: boolean;
  readonly interactive?: boolean;
  /** Optional inputs that are given, beside initial states. */
  readonly open?: ReadonlySet<string>;
  /** Sequences that the carried state has, if those are more than batchSize. */
  readonly sequences?: number;
  /** Whether a recurrent layer keeps its pre-activations for the pass backward, or computes them once more. */
  readonly memory?: "fast" | "small";
  /** Bytes of the largest buffer that can be bound. */
  readonly largest?: number;
}

/** The buffers that outlive a plan: weights, their packed copy, and what packs them. */
export interface WeightBuffers {
  readonly weights: Buffer;
  readonly packed: Buffer;
  readonly table: Buffer;
}

export function weightBuffers(arena: Arena): WeightBuffers {
  const of = (name: string, length: number, type: "f32" | "u32" = "f32"): Buffer => ({
    name,
    shape: [Math.max(1, length)],
    role: "weights",
    type,
  });
  const isHalf = arena.storage === "float16"; // two numbers to a word
  return {
    weights: of("weights", arena.size),
    packed: isHalf ? of("packed", Math.ceil(arena.packedSize / 2), "u32") : of("packed", arena.packedSize),
    table: of("packs", arena.packs().length, "u32"),
  };
}

/** Packs every matrix that a step streams: one dispatch, none if there is no such matrix. */
export function emitPack(plan: Plan, arena: Arena, { weights, packed, table }: WeightBuffers): void {
  const entries = [...arena.parameters.values()].filter((p) => p.packed).map((p) => p.shape);
  if (entries.length === 0) return;
  const largest = (axis: number): number => Math.max(...entries.map((shape) => shape[axis]));
  for (const buffer of [table, weights, packed]) plan.use(buffer);
  if (arena.storage === "float16") {
    plan.dispatch(packHalf, { table, weights, packed }, { entries: entries.length, words: packed.shape[0] });
    return;
  }
  plan.dispatch(pack, { table, weights, packed }, { entries: entries.length, N: largest(0), K: largest(1) });
}

export interface TrainingPlan {
  /** The passes, and the update after them where every batch is an update of its own. */
  readonly built: Built;
  /** The update after several batches, a plan of its own. */
  readonly after: Plan | undefined;
  readonly update: Update;
}

/** A training step: beside its layers 2 dispatches for each loss (ctc: 4), and the update. */
export function trainingPlan(
  net: AnyNetwork,
  arena: Arena,
  shared: WeightBuffers,
  request: PlanRequest,
): TrainingPlan {
  const update = new Update(arena, request);
  const emit = (plan: Plan, loss: Buffer, gradients: Buffer): void => {
    update.emit(plan, shared.weights, loss, gradients);
    emitPack(plan, arena, shared);
  };
  const isSplit = update.batches > 1;
  const built = build(net.trace, arena, shared, {
    ...checked(net, request),
    differentiate: true,
    training: true,
    bounded: request.clipRecurrent !== undefined || request.cutEvery !== undefined,
    frozen: update.trained.frozen,
    adds: isSplit,
    losses: lossRules(request.loss),
    wantOutputs: false,
    scale: update.scale,
    ...(!isSplit && {
      lasting: [...update.lasting, ...(arena.packedSize > 0 ? [shared.table] : [])],
      update: ({ plan }, loss, gradients) => emit(plan, loss, gradients),
    }),
  });
  return { built, after: isSplit ? updateAfter(built, emit) : undefined, update };
}

/** The update alone; what has been added up is zero after it. */
function updateAfter(
  { loss, gradients, plan: { scale } }: Built,
  emit: (plan: Plan, loss: Buffer, gradients: Buffer) => void,
): Plan {
  const plan = new Plan();
  plan.scale = scale;
  if (loss && gradients) emit(plan, loss, gradients);
  for (const buffer of [loss, gradients]) {
    if (buffer) plan.after.push({ to: { buffer, at: 0 }, size: buffer.shape[0] });
  }
  return plan;
}

/** Inference, or (with a loss) evaluation. */
export function inferencePlan(
  net: AnyNetwork,
  arena: Arena,
  shared: WeightBuffers,
  request: PlanRequest,
): Built {
  return build(net.trace, arena, shared, {
    ...checked(net, request),
    differentiate: false,
    memory: "fast",
    ...(request.loss && { losses: lossRules(request.loss) }),
    wantOutputs: request.loss === undefined,
  });
}

/** The plan that options ask for: a training step if they name an optimizer, else inference. */
export function planFor(
  net: AnyNetwork,
  arena: Arena,
  request: PlanRequest,
): { readonly built: Built; readonly after?: Plan | undefined } {
  const shared = weightBuffers(arena);
  if (request.optimizer) return trainingPlan(net, arena, shared, request);
  return { built: inferencePlan(net, arena, shared, request) };
}

/** Its sizes are; optional inputs are those that are given, and initial states unless they are carried. */
function checked({ trace }: AnyNetwork, request: PlanRequest): PlanRequest & Pick<BuildOptions, "open"> {
  const { batchSize, sequenceLength, stateful, open = [] } = request;
  const lengths = typeof sequenceLength === "number" ? [sequenceLength] : Object.values(sequenceLength);
  checkSize("batchSize", batchSize);
  // Where an input over time is left out, the layout says so.
  for (const length of lengths) if (length !== undefined) checkSize("sequenceLength", length);
  return { ...request, open: new Set([...open, ...(stateful ? [] : trace.initial)]) };
}

/** Losses by output. */
export function lossRules(loss: PlanRequest["loss"] = {}): ReadonlyMap<string, LossRule> {
  const byOutput = isLoss(loss) ? { y: loss } : loss;
  const rules = Object.entries(byOutput).flatMap(([name, one]) =>
    one ? [[name, ruleOf("loss", one, "crossEntropy()", "emit")] as const] : [],
  );
  if (rules.length > 0) return new Map(rules);
  throw new ShapeError("loss: there is none; give one, such as crossEntropy(), or one by output.");
}

function isLoss(loss: NonNullable<PlanRequest["loss"]>): loss is Loss {
  return typeof loss.kind === "string";
}
