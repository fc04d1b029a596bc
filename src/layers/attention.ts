// Attention of every step of a query over the steps of a memory, floor 4: all at once, in batched products.

import type { ParameterSpec } from "../plan/arena.js";
import { additiveScores, sequenceProduct, softmaxOfScores, stepsOf, within } from "./attend.js";
import { type LayerDefinition, livePorts } from "./definition.js";
import { project } from "./linear.js";

export type Score = "dot" | "general" | "additive";

/**
 * Dispatches forward, of which one is the softmax: 3 with the dot product for a score, 4 general, 5 additive; one
 * more for each of query and memory that has steps that are not there.
 */
export function attentionDefinition(Q: number, M: number, score: Score): LayerDefinition {
  const one = (name: string, ...shape: [number, ...number[]]): ParameterSpec => ({
    name,
    shape,
    init: { bound: 1 / Math.sqrt(shape.at(-1) ?? 1) },
  });
  const parameters = {
    dot: [],
    general: [one("weight", M, Q)],
    additive: [one("query_weight", M, Q), one("memory_weight", M, M), one("score_weight", M)],
  }[score];
  return {
    kind: `attention(${Q}, ${M}, ${score})`,
    parameters,
    takes: {
      query: { type: "float", features: Q, axes: "sequence" },
      memory: { type: "float", features: M, axes: "sequence" },
      ...livePorts,
    },
    gives: ({ query }) => ({ y: { axes: query.axes, type: "float", features: M } }),
    emit: (e, name, given) => {
      const { x, live } = stepsOf(e, given.memory, given);
      const [query, memory] = [e.settled(given.query), e.settled(x)];
      const scoresOf = () => {
        if (score === "additive") {
          const q = project(e, query, `${name}query_weight`, undefined);
          const m = project(e, memory, `${name}memory_weight`, undefined);
          return additiveScores(e, `${name}scores`, `${name}score_weight`, q, m);
        }
        const q = score === "general" ? project(e, query, `${name}weight`, undefined) : query;
        return sequenceProduct(e, `${name}scores`, q, memory, { transposed: true });
      };
      const weights = softmaxOfScores(e, `${name}weights`, scoresOf(), live);
      const y = sequenceProduct(e, `${name}y`, weights, memory, { transposed: false });
      return { y: within(e, y, given.query.live) };
    },
  };
}
