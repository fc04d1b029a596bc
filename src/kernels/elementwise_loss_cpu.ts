// A loss that compares number with number on the CPU, floor 2: the expression and its derivative, row by row.

import type { Expr } from "../cells/expr.js";
import type { Bound, Parameter } from "./elementwise_loss.js";
import { Evaluation } from "./evaluate.js";
import type { Twin } from "./kernel.js";
import { rowAt } from "./rows.js";

/** leaves: prediction and target. slope: of value by the prediction. */
export function elementwiseLossTwin(
  leaves: readonly Expr[],
  arithmetic: readonly Expr[],
  value: Expr,
  slope: Expr,
): Twin<Bound, Parameter> {
  const [x0, x1] = leaves;
  const evaluation = new Evaluation(leaves, arithmetic, [value, slope]);
  return {
    scratch: ({ N }) => evaluation.size(1, N),
    cpu(ops, at, p, run) {
      const { M, N, r } = p;
      evaluation.prepare(ops, at.scratch, 1, N);
      for (let m = 0; m < M; m += 1) {
        const weight = ops.floats[at.weights + m];
        const d = at.dprediction + m * N;
        if (weight === 0) {
          ops.floats[at.losses + m] = 0;
          if (p.gradient === 1) ops.fill(d, 0, N);
          continue;
        }
        evaluation.lay(evaluation.number(x0), at.prediction + p.in_0 + rowAt(m, r, p.in_m1, p.in_m), 0);
        evaluation.lay(evaluation.number(x1), at.targets + rowAt(m, r, p.target_m1, p.target_m), 0);
        evaluation.run(ops, 1, N);
        ops.sum(at.losses + m, evaluation.at(evaluation.number(value)), N);
        ops.floats[at.losses + m] *= weight;
        if (p.gradient === 1)
          ops.affine(d, evaluation.at(evaluation.number(slope)), run.scale * weight, 0, N);
      }
    },
  };
}
