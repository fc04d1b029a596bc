// What of a network is differentiated: the inner product of all its outputs with cotangents, or a loss of y.

import fc from "fast-check";
import {
  binaryCrossEntropy,
  crossEntropy,
  huber,
  type Loss,
  squaredError,
  type Tensor,
} from "../../src/index.js";
import type { Random } from "../../src/random.js";

type Reduction = "mean" | "sum";

export type Objective =
  | { readonly kind: "outputs" }
  | {
      readonly kind: "crossEntropy";
      readonly labelSmoothing: number;
      /** Whether classes have weights. */
      readonly weighed: boolean;
      readonly reduction: Reduction;
    }
  | { readonly kind: "squaredError" | "binaryCrossEntropy" | "huber"; readonly reduction: Reduction };

const reduction = fc.constantFrom<Reduction>("mean", "sum");

export const objectives: fc.Arbitrary<Objective> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("outputs" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("crossEntropy" as const),
      labelSmoothing: fc.constantFrom(0, 0.2),
      weighed: fc.constantFrom(false, true),
      reduction,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("squaredError" as const, "huber" as const, "binaryCrossEntropy" as const),
      reduction,
    }),
  },
);

type Target = Tensor<Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>>;

/** A loss and its target, of an output of this shape. */
export function lossOf(
  objective: Exclude<Objective, { kind: "outputs" }>,
  shape: readonly number[],
  random: Random,
): { loss: Loss; target: Target } {
  const F = shape[shape.length - 1];
  const steps = shape.slice(0, -1);
  const count = steps.reduce((n, d) => n * d, 1);
  const { kind, reduction } = objective;
  if (kind === "crossEntropy") {
    const { labelSmoothing, weighed } = objective;
    const weight = Float64Array.from({ length: F }, (_, v) => 0.5 + v);
    // -100 does not count
    const data = Int32Array.from({ length: count }, () => (random.below(5) === 4 ? -100 : random.below(F)));
    const loss = crossEntropy({ labelSmoothing, reduction, ...(weighed && { weight }) });
    return { loss, target: { shape: steps, data } };
  }
  const make = { squaredError, huber, binaryCrossEntropy }[kind];
  const isShare = kind === "binaryCrossEntropy";
  const number = (): number => (isShare ? random.uniform() : random.normal());
  const target = { shape, data: Float64Array.from({ length: count * F }, number) };
  return { loss: make({ reduction }), target };
}
