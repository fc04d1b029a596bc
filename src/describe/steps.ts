// Layers that go over the steps of sequences without recurrence, floor 5: pooling and attention; and layer
// normalization.

import { type Layer, layer, type Value, type WhichSteps } from "../describe.js";
import { checkSize, nothingElse, oneOf, ShapeError, wrong } from "../errors.js";
import { attentionDefinition, type Score } from "../layers/attention.js";
import { layerNormDefinition } from "../layers/layer_norm.js";
import { attentionPool, poolDefinition } from "../layers/pool.js";
import type { Model } from "../types.js";
import type { Floats, Ints } from "../weights/tensors.js";

/**
 * One vector of a sequence's steps: x [B, T, F] in, [B, F] out, over the steps that there are by `lengths` or
 * `mask` (or, where neither is given, by those of the layer before); zeros of a sequence that has none. "last":
 * the last step, of both directions alike; "mean"; "max": the largest of each feature; "attention": the mean
 * weighted by softmax(v · tanh(W x + b)) (Yang et al. 2016), with weights weight [F, F], bias [F] and
 * score_weight [F].
 *
 * @throws ShapeError if it is none of these; for "attention", where it is wired to a value of unknown size.
 */
export function pool(
  how: "last" | "mean" | "max" | "attention",
): Model<{ x: Floats; lengths?: Ints }, "y", string, (x: Value, given?: WhichSteps) => Value> {
  oneOf("pool", "how", how, ["last", "mean", "max", "attention"]);
  return layer(how === "attention" ? attentionPool : poolDefinition(how));
}

/**
 * Attention of every step q of a query [B, Tq, querySize] over the steps m of a memory [B, Tm, memorySize]: the
 * mean of the memory's steps weighted by the softmax of their scores, [B, Tq, memorySize]. `lengths` or `mask`
 * are the memory's, where it has none by itself; a memory of no steps gives zeros. Scores: "dot" (the default)
 * q · m; "general" (W q) · m with weight [memorySize, querySize] (both Luong et al. 2015); "additive"
 * v · tanh(Wq q + Wm m) with query_weight [memorySize, querySize], memory_weight [memorySize, memorySize] and
 * score_weight [memorySize] (Bahdanau et al. 2015).
 *
 * @throws ShapeError if the score is none of these, or "dot" and the sizes differ.
 */
export function attention(
  querySize: number,
  memorySize: number,
  o: { score?: Score } = {},
): Model<
  { query: Floats; memory: Floats; lengths?: Ints },
  "y",
  string,
  (query: Value, memory: Value, given?: WhichSteps) => Value
> {
  const { score = "dot", ...rest } = o;
  nothingElse("attention", o, rest);
  checkSize("attention: querySize", querySize);
  checkSize("attention: memorySize", memorySize);
  oneOf("attention", "score", score, ["dot", "general", "additive"]);
  if (score === "dot" && querySize !== memorySize) {
    throw new ShapeError(
      `attention: sizes are ${querySize} and ${memorySize}; a dot product must be of one size. ` +
        'Take score "general", or project one with linear.',
    );
  }
  return layer(attentionDefinition(querySize, memorySize, score));
}

/**
 * Each step's features less their mean, over the root of their variance + eps (Ba et al. 2016): PyTorch's
 * nn.LayerNorm over the last axis, with weight [size] and bias [size]. elementwiseAffine: whether there are
 * these; bias: whether there is that one.
 *
 * @throws ShapeError if size is no positive integer, or eps no positive number.
 */
export function layerNorm(
  size: number,
  o: {
    /** Whether there are weight and bias; true unless given. */
    elementwiseAffine?: boolean;
    /** Whether there is a bias beside the weight; true unless given. */
    bias?: boolean;
    /** Added to the variance; 1e-5 unless given. */
    eps?: number;
  } = {},
): Layer {
  const { elementwiseAffine: weight = true, bias = true, eps = 1e-5, ...rest } = o;
  nothingElse("layerNorm", o, rest);
  checkSize("layerNorm: size", size);
  if (!(eps > 0)) throw wrong("layerNorm: eps", eps, "a positive number");
  return layer(layerNormDefinition(size, { weight, bias: weight && bias, eps }));
}
