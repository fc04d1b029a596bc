// A function of the values of a model on the CPU, floor 2: the expression is evaluated over as many rows as lie by one
// stride and stay in the cache.

import type { Expr } from "../cells/expr.js";
import { Evaluation } from "./evaluate.js";
import type { Twin } from "./kernel.js";
import { rowsAtOnce } from "./rows.js";
import { allRows, type Runs } from "./runs.js";

/** f of leaves by way of arithmetic; names: of the inputs. */
export function pointwiseTwin(
  f: Expr,
  leaves: readonly Expr[],
  arithmetic: readonly Expr[],
  names: readonly string[],
): Twin {
  const evaluation = new Evaluation(leaves, arithmetic, [f]);
  // Named once: a run makes no string.
  const namesOf = (x: string) => ({ x, first: `${x}_0`, m1: `${x}_m1`, m0: `${x}_m` });
  const sources = leaves.map((e) => ({
    value: evaluation.number(e),
    ...namesOf(names[e.place?.index ?? 0]),
  }));
  const all = [...sources, namesOf("out")];
  return {
    scratch: ({ M, N }) => evaluation.size(Math.min(M, rowsAtOnce(N)), N),
    cpu(ops, at, p) {
      const { M, N, r } = p;
      let isOne = true;
      for (let k = 0; k < all.length; k++) isOne &&= M <= r || p[all[k].m1] === r * p[all[k].m0];
      const runs = runsOf(p, M, r, isOne);
      const atOnce = Math.min(M, rowsAtOnce(N));
      const result = evaluation.number(f);
      const out = runs.outer ? p.out_m1 : p.out_m;
      evaluation.prepare(ops, at.scratch, atOnce, N);
      for (let run = 0; run < runs.at.length; run += 3) {
        const end = runs.at[run + 2];
        for (let row = 0; row < end; row += atOnce) {
          const outer = runs.at[run] + (runs.outer ? row : 0);
          const inner = runs.at[run + 1] + (runs.outer ? 0 : row);
          const rows = Math.min(atOnce, end - row);
          for (let k = 0; k < sources.length; k++) {
            const { value, x, first, m1, m0 } = sources[k];
            const from = at[x] + p[first] + outer * p[m1] + inner * p[m0];
            evaluation.lay(value, from, runs.outer ? p[m1] : p[m0]);
          }
          evaluation.run(ops, rows, N);
          const to = at.out + p.out_0 + outer * p.out_m1 + inner * p.out_m;
          const from = evaluation.at(result);
          const apart = evaluation.apart(result);
          if (p.accumulate === 0) ops.copy(to, from, N, rows, out, apart);
          else ops.add(to, to, from, N, rows, out, out, apart);
        }
      }
    },
  };
}

/** By parameters, which are constant for the life of a plan: a run makes no arrays. */
const known = new WeakMap<object, Runs>();

function runsOf(p: object, M: number, r: number, isOne: boolean): Runs {
  const runs = known.get(p) ?? allRows(M, r, isOne);
  known.set(p, runs);
  return runs;
}
