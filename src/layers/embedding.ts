// The embedding, floor 4: a row of a table for every token. PyTorch's nn.Embedding.

import { ShapeError } from "../errors.js";
import { gather } from "../kernels/gather.js";
import { gatherBackward, sortByToken } from "../kernels/gather_backward.js";
import type { LayerDefinition } from "./definition.js";
import { counts, type Signal, strides } from "./signal.js";

/** One dispatch forward, none if all who take its rows find them in the table; one backward. */
export function embeddingDefinition(V: number, E: number): LayerDefinition {
  return {
    kind: `embedding(${V}, ${E})`,
    parameters: [{ name: "weight", shape: [V, E], init: "normal" }],
    takes: { x: { type: "int", features: undefined } },
    gives: ({ x }) => ({ y: { axes: x.axes, type: "float", features: E } }),
    emit: (e, name, { x }) => {
      if (!x.input) throw new ShapeError(`${name}x: it must be an input of the model; the host reads it.`);
      const { T, B } = x.rows;
      const table = e.arena.get(`${name}weight`).at;
      const named = { table, ids: x.rows };
      const y: Signal = { ...e.signal(`${name}y`, { T, B, F: E }, e.isTrained(name)), named };
      e.vocabulary.set(x.input, Math.min(V, e.vocabulary.get(x.input) ?? V));
      e.plan.dispatch(
        gather,
        { ids: x.rows.buffer, table: e.weights, out: y.rows.buffer },
        { ...counts(y.rows), ...strides("ids", x.rows), table_0: table },
      );
      const { input, rows } = x;
      e.withGradient(y, (dy, gradients) => {
        const order = e.plan.buffer(`${name}order`, [T * B], "input", "u32");
        const starts = e.plan.buffer(`${name}starts`, [V + 1], "input", "u32");
        e.derived.push({
          input,
          make: (ids) => {
            const sorted = sortByToken(inTime(ids, rows), V);
            return [
              { buffer: order, data: sorted.order },
              { buffer: starts, data: sorted.starts },
            ];
          },
        });
        e.plan.dispatch(
          gatherBackward,
          { order, starts, dout: dy.buffer, dtable: gradients },
          { V, N: E, dtable_0: table, accumulate: e.accumulates(table) },
        );
      });
      return { y };
    },
  };
}

/** The tokens in the order of rows m = t·B + b. */
function inTime(
  ids: Uint32Array,
  { T, B, t, b }: { T: number; B: number; t: number; b: number },
): Uint32Array {
  return Uint32Array.from({ length: T * B }, (_, m) => ids[Math.floor(m / B) * t + (m % B) * b]);
}
