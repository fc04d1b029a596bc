// Pooling over time, floor 4: one vector of a sequence's steps, whatever its length.

import { apply } from "../cells/expr.js";
import { ShapeError } from "../errors.js";
import { pool, pools } from "../kernels/pool.js";
import { learnedQuery, sequenceProduct, softmaxOfScores, stepsOf } from "./attend.js";
import { type LayerDefinition, livePorts } from "./definition.js";
import type { Emitter } from "./emitter.js";
import { project } from "./linear.js";
import { pointwise } from "./pointwise.js";
import { type Live, type Rows, type Signal, strides } from "./signal.js";

export type Pooling = keyof typeof pools;

const common = {
  takes: { x: { type: "float", features: undefined, axes: "sequence" }, ...livePorts },
  gives: ({ x }) => ({ y: { axes: "vector", type: "float", features: x.features } }),
} satisfies Pick<LayerDefinition, "takes" | "gives">;

/** The last step, the mean over steps, or the largest of each feature: one dispatch forward, one backward. */
export function poolDefinition(how: Pooling): LayerDefinition {
  return {
    ...common,
    kind: `pool(${how})`,
    parameters: [],
    emit: (e, name, given) => {
      const { x, live } = stepsOf(e, given.x, given);
      return { y: pooled(e, `${name}y`, x, live, how) };
    },
  };
}

function pooled(e: Emitter, name: string, x: Signal, live: Live | undefined, how: Pooling): Signal {
  const { T, B, F: N } = x.rows;
  const y = e.signal(name, { T: 1, B, F: N }, x.wanted);
  const { table, codes } = e.tableOf(live);
  const emit = (d: Rows, out: Rows, backward: 0 | 1, accumulate: 0 | 1): void => {
    const places = { ...strides("in", x.rows), ...strides("out", out) };
    e.plan.dispatch(
      pool,
      { live: table, input: x.rows.buffer, d: d.buffer, out: out.buffer },
      { T, B, N, how: pools[how], codes, backward, ...places, accumulate },
    );
  };
  emit(x.rows, y.rows, 0, 0);
  return e.mirror(x, y, (dy, to, accumulate) => emit(dy, to, 1, accumulate), live);
}

/**
 * The mean of the steps weighted by softmax(v tanh(W x + b)), over the steps that there are. Yang et al. (2016).
 * 5 dispatches forward.
 */
export const attentionPool: LayerDefinition = {
  ...common,
  kind: "pool(attention)",
  parameters: ({ x: { features: F } }) => {
    if (F === undefined) {
      throw new ShapeError("pool: the size of x is not known; declare it, as in input.features(16).");
    }
    const init = { bound: 1 / Math.sqrt(F) };
    return [
      { name: "weight", shape: [F, F], init },
      { name: "bias", shape: [F], init },
      { name: "score_weight", shape: [F], init },
    ];
  },
  emit: (e, name, given) => {
    const { x: from, live } = stepsOf(e, given.x, given);
    const x = e.settled(from);
    const z = project(e, x, `${name}weight`, `${name}bias`);
    const h = pointwise(e, `${name}h`, [z], ([one]) => apply("tanh", one));
    const v = learnedQuery(e, `${name}score_weight`, x.rows.B);
    const scores = sequenceProduct(e, `${name}scores`, v, h, { transposed: true });
    const weights = softmaxOfScores(e, `${name}weights`, scores, live);
    return { y: sequenceProduct(e, `${name}y`, weights, x, { transposed: false }) };
  },
};
