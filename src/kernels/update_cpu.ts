// The update of all weights on the CPU, floor 2: an optimizer's expression is evaluated in stretches, so that scratch
// memory is small and in the cache.

import type { Expr } from "../cells/expr.js";
import { Evaluation, spread } from "./evaluate.js";
import type { Twin } from "./kernel.js";
import type { Ops } from "./ops.js";
import { shared, unbounded } from "./update.js";

/** Weights at a time. */
const stretch = 1024;

/**
 * names: of the moments. given: what src/kernels/update.ts's updateKernel makes leaves of, in its order. roots: the
 * next moments and, last, the next weight.
 */
export function updateTwin(
  names: readonly string[],
  ranged: boolean,
  given: readonly Expr[],
  arithmetic: readonly Expr[],
  roots: readonly Expr[],
): Twin {
  const [g, w, ...moments] = given.slice(shared.length);
  const evaluation = new Evaluation(given, arithmetic, roots);
  const scalars = given.slice(0, shared.length).map((e) => evaluation.number(e));
  const gradient = evaluation.number(g);
  /** Of the moments and, last, of the weights: before and after. */
  const kept = [...moments, w].map((e, k) => ({
    now: evaluation.number(e),
    next: evaluation.number(roots[k]),
  }));
  return {
    scratch: () => evaluation.size(1, stretch) + (shared.length + 2) * stretch,
    cpu(ops, at, p, run) {
      const f = ops.floats;
      if (f[at.control] === 0) return;
      evaluation.prepare(ops, at.scratch, 1, stretch);
      const free = at.scratch + evaluation.size(1, stretch);
      const d = free + shared.length * stretch;
      evaluation.lay(gradient, d, 0);
      const say = (k: number, value: number): void => {
        const to = free + k * stretch;
        evaluation.lay(scalars[k], to, 0);
        f[to] = value;
        spread(ops, to, Math.min(stretch, p.n));
      };
      say(2, run.correction1);
      say(3, run.correction2);
      let first = 0;
      for (let r = 0; r < (ranged ? p.ranges : 1); r += 1) {
        const row = at.ranges * ops.words + 4 * r;
        const end = ranged ? ops.integers[row] : p.n;
        const shift = ranged ? ops.integers[row + 1] : 0;
        const layer = ranged ? ops.integers[row + 2] : 0;
        const group = ranged ? at.rates + 2 * ops.integers[row + 3] : 0;
        say(0, ranged ? f[group] : run.lr);
        if (ranged) say(1, f[group + 1]);
        for (let i = first; i < end; i += stretch) {
          const n = Math.min(stretch, end - i);
          for (let k = 0; k < kept.length; k += 1) {
            const to = k < moments.length ? at[names[k]] + i : at.weights + shift + i;
            evaluation.lay(kept[k].now, to, 0);
            evaluation.lay(kept[k].next, to, 0);
          }
          clipped(ops, d, at.gradients + shift + i, n, d + stretch, at.control, layer);
          evaluation.run(ops, 1, n);
        }
        first = end;
      }
    },
  };
}

/** d = n gradients from g as an update takes them. bound: scratch of n. */
function clipped(
  ops: Ops,
  d: number,
  g: number,
  n: number,
  bound: number,
  control: number,
  layer: number,
): void {
  const limit = ops.floats[control + 1];
  ops.affine(d, g, ops.floats[control + 2 + layer], 0, n);
  if (limit === unbounded) return;
  ops.fill(bound, limit, n);
  ops.min(d, d, bound, n);
  ops.fill(bound, -limit, n);
  ops.max(d, d, bound, n);
}
