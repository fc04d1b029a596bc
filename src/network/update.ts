// The update of a network's weights, floor 5: its buffers, its dispatches (norm, clipping, the optimizer's
// equations), and the numbers that change from update to update.

import { checkSize, ShapeError, wrong } from "../errors.js";
import { clip } from "../kernels/clip.js";
import type { Run } from "../kernels/kernel.js";
import { sum } from "../kernels/sum.js";
import { updateKernel } from "../kernels/update.js";
import { type Optimizer, type OptimizerRule, type Rate, rateAt } from "../optimizers/optimizer.js";
import type { Arena } from "../plan/arena.js";
import { arithmeticOf, type Means } from "../plan/choice.js";
import { ordinary } from "../plan/device_class.js";
import type { Buffer, Copy, Plan } from "../plan/plan.js";
import { append, type Stretch, type Trained, type TrainedRequest, trainedOf } from "./trained.js";

/** Updates whose metrics are kept on the device. */
export const capacity = 4096;
/** Where they end, and the loss scale begins: it, and how many updates have been finite since it changed. */
export const scaleIn = 2 * capacity + 1;
/** Finite updates in a row after which it doubles, as in PyTorch. */
const interval = 2000;
/** In how many parts, over all layers, the gradients' squares are summed: some for each core, but at most so many. */
const mostParts = 64;
const partsOfCore = 4;

const clips = ["clipNorm", "clipValue", "clipLayer"] as const;

export interface UpdateRequest extends TrainedRequest, Pick<Means, "device" | "arithmetic" | "float16"> {
  readonly optimizer?: Optimizer;
  readonly clipNorm?: Rate;
  readonly clipValue?: Rate;
  readonly clipLayer?: Rate;
  readonly clipRecurrent?: Rate;
  readonly cutEvery?: number;
  readonly accumulate?: number;
  readonly lossScale?: number | undefined;
}

export class Update {
  readonly rule: OptimizerRule;
  readonly trained: Trained;
  /** Batches whose losses and gradients are added up for it. */
  readonly batches: number;
  readonly moments: readonly Buffer[];
  readonly metrics: Buffer;
  /** What the loss's gradient is multiplied by at first, and where that is decided from then on; only where it is. */
  readonly firstScale: number | undefined;
  readonly scale: Copy["from"];
  /** How weights differ in how they are trained, and each group's rates; only where some do. */
  readonly ranges: Buffer | undefined;
  readonly rates: Buffer | undefined;
  readonly #request: UpdateRequest;
  readonly #clip: (typeof clips)[number] | undefined;

  constructor(arena: Arena, request: UpdateRequest) {
    const given = clips.filter((name) => request[name] !== undefined);
    if (given.length > 1) {
      throw new ShapeError(
        `trainer: ${given.join(" and ")} are given; it must be one of them. Leave the others out.`,
      );
    }
    if (request.cutEvery !== undefined) checkSize("trainer: cutEvery", request.cutEvery);
    this.batches = checkSize("trainer: accumulate", request.accumulate ?? 1);
    this.firstScale = firstScaleOf({ ...request, storage: arena.storage });
    this.rule = ruleOf("optimizer", request.optimizer, "adam()", "next");
    this.trained = trainedOf(arena, request);
    const { stretches, groups, isRanged } = this.trained;
    const lasting = (name: string, role: Buffer["role"], ...shape: readonly number[]): Buffer => ({
      name,
      shape,
      role,
      type: "f32",
    });
    this.moments = this.rule.moments.map((name) =>
      lasting(name, "moments", Math.max(1, this.trained.arena.size)),
    );
    this.metrics = lasting("metrics", "metrics", scaleIn + (this.firstScale ? 2 : 0));
    this.scale = this.firstScale ? { buffer: this.metrics, at: scaleIn } : undefined;
    this.ranges = isRanged ? { ...lasting("ranges", "input", stretches.length, 4), type: "u32" } : undefined;
    this.rates = isRanged ? lasting("rates", "input", 1 + groups.length, 2) : undefined;
    this.#request = request;
    this.#clip = given[0];
  }

  /** What outlives its plan. */
  get lasting(): readonly Buffer[] {
    const { moments, metrics, ranges, rates } = this;
    return [...moments, metrics, ...(ranges && rates ? [ranges, rates] : [])];
  }

  /**
   * 2 dispatches for the gradients' norm and 1 for the update. The norm takes one more for each further stretch
   * of weights that lies apart, or is of another layer with clipLayer.
   */
  emit(plan: Plan, weights: Buffer, loss: Buffer, gradients: Buffer): void {
    const { trained, moments, metrics, ranges, rates } = this;
    const { layers, stretches } = trained;
    const { device = ordinary } = this.#request;
    const parts = Math.ceil(Math.min(mostParts, partsOfCore * device.cores) / layers);
    for (const buffer of [loss, gradients, weights, ...this.lasting]) plan.use(buffer);
    const partial = plan.buffer("partial", [layers, parts]);
    const control = plan.buffer("control", [2 + layers]);

    const alike: Stretch[] = [];
    for (const stretch of stretches) append(alike, { ...stretch, group: 0 });
    alike.forEach(({ at, size, layer }, k) => {
      const accumulate = alike.findIndex((one) => one.layer === layer) < k ? 1 : 0;
      plan.dispatch(
        sum,
        { input: gradients, out: partial },
        { n: size, parts, in_0: at, out_0: layer * parts, squares: 1, root: 0, accumulate },
      );
    });
    const by_value = this.#clip === "clipValue" ? 1 : 0;
    plan.dispatch(
      clip,
      { partial, loss, control, metrics },
      { parts, layers, capacity, by_value, share: 1 / this.batches, interval: this.scale ? interval : 0 },
    );
    plan.dispatch(
      updateKernel(this.rule, ranges !== undefined),
      {
        gradients,
        control,
        weights,
        ...Object.fromEntries(moments.map((moment) => [moment.name, moment])),
        ...(ranges && rates && { ranges, rates }),
      },
      { n: trained.arena.size, ...(ranges && { ranges: stretches.length }) },
    );
  }

  /** What changes from update to update, but for what is drawn at random. */
  runAt(update: number): Omit<Run, "seed" | "first"> {
    const { clipRecurrent = 0, cutEvery = 0 } = this.#request;
    const [correction1, correction2] = this.rule.corrections?.(update) ?? [1, 1];
    const lr = rateAt("lr", this.rule.lr, update);
    const clip = this.#clip ? rateAt(this.#clip, this.#request[this.#clip] ?? 0, update) : 0;
    const clip_recurrent = rateAt("clipRecurrent", clipRecurrent, update);
    return { update, lr, correction1, correction2, clip, clip_recurrent, cut: cutEvery, scale: 1 };
  }

  /** The learning rate and weight decay of each group, given the optimizer's. */
  ratesAt({ lr, update }: Pick<Run, "lr" | "update">): Float64Array {
    const decay = this.rule.weightDecay;
    const rows = this.trained.groups.map(([name, group]) => [
      group.lr === undefined ? lr : rateAt(`groups.${name}.lr`, group.lr, update),
      group.weightDecay ?? decay,
    ]);
    return Float64Array.from([[lr, decay], ...rows].flat());
  }
}

/** The loss scale that a trainer begins with. None: gradients are as they are, but where float16 would lose small ones. */
function firstScaleOf(request: UpdateRequest & Pick<Means, "storage">): number | undefined {
  const { lossScale = arithmeticOf(request) === "float16" ? 65_536 : undefined } = request;
  const powers = Array.from({ length: 121 }, (_, k) => 2 ** k); // between which src/kernels/clip.ts keeps it
  if (lossScale === undefined || powers.includes(lossScale)) return lossScale;
  throw wrong("trainer: lossScale", lossScale, "a power of two from 1 to 2^120");
}

/** The inside of a loss or an optimizer; does: what only that can do. */
export function ruleOf<R extends object>(
  what: string,
  one: { kind: string; "~rule"?: R } | undefined,
  such: string,
  does: keyof R,
): R {
  const rule = one?.["~rule"];
  if (rule?.[does]) return rule;
  throw new ShapeError(`${what}: ${one?.kind ?? "none"} is no ${what} of webrnn; give one, such as ${such}.`);
}
