// The plans of a network, floor 5: of inference, and of a training step (forward, loss, backward, norm,
// update) in one pass.

import { checkSize, ShapeError } from "../errors.js";
import { clip } from "../kernels/clip.js";
import { pack } from "../kernels/pack.js";
import { sum } from "../kernels/sum.js";
import type { Emitter } from "../layers/emitter.js";
import type { Loss, LossRule } from "../losses/loss.js";
import type { Optimizer, OptimizerRule } from "../optimizers/optimizer.js";
import type { Arena } from "../plan/arena.js";
import type { Buffer, Plan } from "../plan/plan.js";
import { type Built, build } from "./build.js";
import type { Sizes } from "./layout.js";
import type { AnyNetwork } from "./network.js";

/** Steps whose metrics are kept on the device. */
export const capacity = 4096;
/** Stretches of which the gradients' squares are summed apart. */
const parts = 64;

export interface PlanRequest extends Sizes {
  readonly loss?: Loss | Readonly<Record<string, Loss | undefined>>;
  readonly optimizer?: Optimizer;
  readonly stateful?: boolean;
  readonly interactive?: boolean;
  readonly clipValue?: unknown;
  readonly clipRecurrent?: unknown;
  readonly cutEvery?: number;
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
  return {
    weights: of("weights", arena.size),
    packed: of("packed", arena.packedSize),
    table: of("packs", arena.packs().length, "u32"),
  };
}

/** Packs every matrix that a step streams: one dispatch, none if there is no such matrix. */
export function emitPack(plan: Plan, arena: Arena, { weights, packed, table }: WeightBuffers): void {
  const entries = [...arena.parameters.values()].filter((p) => p.packed).map((p) => p.shape);
  if (entries.length === 0) return;
  const largest = (axis: number): number => Math.max(...entries.map((shape) => shape[axis]));
  for (const buffer of [table, weights, packed]) plan.use(buffer);
  plan.dispatch(pack, { table, weights, packed }, { entries: entries.length, N: largest(0), K: largest(1) });
}

export interface TrainingPlan {
  readonly built: Built;
  readonly moments: readonly Buffer[];
  readonly metrics: Buffer;
  readonly rule: OptimizerRule;
}

/**
 * A training step. Beside its layers: 2 dispatches for each loss, 2 for the gradients' norm, 1 for the
 * update, and 1 if a matrix is packed.
 */
export function trainingPlan(
  net: AnyNetwork,
  arena: Arena,
  shared: WeightBuffers,
  request: PlanRequest,
): TrainingPlan {
  const rule = ruleOf("optimizer", request.optimizer, "adam()");
  const large = (name: string): Buffer => ({
    name,
    shape: [Math.max(1, arena.size)],
    role: "moments",
    type: "f32",
  });
  const moments = rule.moments.map(large);
  const metrics: Buffer = { name: "metrics", shape: [2 * capacity + 1], role: "metrics", type: "f32" };
  const by_value = request.clipValue === undefined ? 0 : 1;
  const built = build(net.trace, arena, shared, {
    ...sizesOf(request),
    purpose: {
      differentiate: true,
      training: true,
      stateful: request.stateful ?? false,
      norms: false,
      bounded: request.clipRecurrent !== undefined || request.cutEvery !== undefined,
    },
    losses: lossRules(request.loss),
    wantOutputs: false,
    open: openInputs(net, request),
    update: ({ plan }: Emitter, loss, gradients) => {
      const partial = plan.buffer("partial", [parts]);
      const control = plan.buffer("control", [3]);
      plan.use(metrics);
      for (const moment of moments) plan.use(moment);
      plan.dispatch(
        sum,
        { input: gradients, out: partial },
        { n: arena.size, parts, in_0: 0, out_0: 0, squares: 1, root: 0, accumulate: 0 },
      );
      plan.dispatch(clip, { partial, loss, control, metrics }, { parts, capacity, by_value });
      rule.emit(plan, { gradients, control, weights: shared.weights, moments }, arena.size);
      emitPack(plan, arena, shared);
    },
  });
  return { built, moments, metrics, rule };
}

/** Inference, or (with a loss) evaluation. */
export function inferencePlan(
  net: AnyNetwork,
  arena: Arena,
  shared: WeightBuffers,
  request: PlanRequest,
): Built {
  return build(net.trace, arena, shared, {
    ...sizesOf(request),
    purpose: {
      differentiate: false,
      training: false,
      stateful: request.stateful ?? false,
      norms: false,
      bounded: false,
    },
    ...(request.loss && { losses: lossRules(request.loss) }),
    wantOutputs: request.loss === undefined,
    open: openInputs(net, request),
  });
}

/** Initial states are inputs, unless they are carried. */
function openInputs(net: AnyNetwork, { stateful }: PlanRequest): ReadonlySet<string> {
  return stateful ? new Set() : net.trace.initial;
}

/** The plan that options ask for: a training step if they name an optimizer, else inference. */
export function planFor(net: AnyNetwork, arena: Arena, request: PlanRequest): { readonly built: Built } {
  const shared = weightBuffers(arena);
  if (request.optimizer) return trainingPlan(net, arena, shared, request);
  return { built: inferencePlan(net, arena, shared, request) };
}

/** Sizes, checked, and how the plan is to run. */
function sizesOf(request: PlanRequest): Required<Sizes> & { readonly interactive: boolean } {
  const { batchSize, sequenceLength, batchFirst = true, interactive = false } = request;
  const lengths = typeof sequenceLength === "number" ? [sequenceLength] : Object.values(sequenceLength);
  checkSize("batchSize", batchSize);
  // Where an input over time is left out, the layout says so.
  for (const length of lengths) if (length !== undefined) checkSize("sequenceLength", length);
  return { batchSize, sequenceLength, batchFirst, interactive };
}

/** Losses by output. */
export function lossRules(loss: PlanRequest["loss"] = {}): ReadonlyMap<string, LossRule> {
  const byOutput = isLoss(loss) ? { y: loss } : loss;
  const rules = Object.entries(byOutput).flatMap(([name, one]) =>
    one ? [[name, ruleOf("loss", one, "crossEntropy()")] as const] : [],
  );
  if (rules.length > 0) return new Map(rules);
  throw new ShapeError("loss: there is none; give one, such as crossEntropy(), or one by output.");
}

function isLoss(loss: NonNullable<PlanRequest["loss"]>): loss is Loss {
  return typeof loss.kind === "string";
}

/** The inside of a loss or an optimizer. */
function ruleOf<R>(what: string, one: { kind: string; "~rule"?: R } | undefined, such: string): R {
  const rule = one?.["~rule"];
  if (rule) return rule;
  throw new ShapeError(`${what}: ${one?.kind ?? "none"} is no ${what} of webrnn; give one, such as ${such}.`);
}
