// How near a pass comes to a kink or a jump: the operations that have one are watched while a plan runs on
// the CPU. A distance of exactly zero is none that a small change could lead over: it is what was dropped, or
// was zero from the beginning. Losses are smooth, even where they are written with a kink.

import type { Kernel, Values } from "../../src/kernels/kernel.js";
import type { Ops } from "../../src/kernels/ops.js";
import { pool, pools } from "../../src/kernels/pool.js";
import { twinOf } from "../../src/kernels/twins.js";
import type { Plan } from "../../src/plan/plan.js";

export interface Watch {
  /** The least distance so far. */
  distance: number;
}

const least = (so: number, far: number): number => (far > 0 && far < so ? far : so);

/** Watches every kernel of a plan. Before it is built. */
export function watch(plan: Plan): Watch {
  const seen: Watch = { distance: Number.POSITIVE_INFINITY };
  const kernels = new Map<Kernel, Kernel>();
  plan.dispatches.forEach((dispatch, n) => {
    const { kernel } = dispatch;
    if ("losses" in kernel.bindings) return;
    const known = kernels.get(kernel) ?? watched(kernel, seen);
    kernels.set(kernel, known);
    plan.dispatches[n] = { ...dispatch, kernel: known };
  });
  return seen;
}

function watched(kernel: Kernel, seen: Watch): Kernel {
  const twin = twinOf(kernel);
  let [last, over]: [Ops | undefined, Ops | undefined] = [undefined, undefined];
  return {
    ...kernel,
    ...twin,
    cpu(ops, at, params, run) {
      if (ops !== last || !over) [last, over] = [ops, watchedOps(ops, seen)];
      if (kernel.name === pool.name) noteTies(ops, at, params, seen);
      twin.cpu(over, at, params, run);
    },
  };
}

/** How near the largest of a sequence's steps comes to the next, of all steps, whether they are there or not. */
function noteTies(
  { floats }: Ops,
  at: Readonly<Record<string, number>>,
  { T, B, N, how, in_0, in_m1, in_m }: Values<string>,
  seen: Watch,
): void {
  for (let i = 0; i < (how === pools.max ? B * N : 0); i += 1) {
    const from = at.input + in_0 + Math.floor(i / N) * in_m + (i % N);
    const values = Array.from({ length: T }, (_, t) => floats[from + t * in_m1]).sort((a, b) => a - b);
    for (let t = 1; t < T; t += 1) seen.distance = least(seen.distance, values[t] - values[t - 1]);
  }
}

/** The same operations over the same arena. */
function watchedOps(ops: Ops, seen: Watch): Ops {
  const { floats } = ops;
  const note = (distance: number): void => {
    seen.distance = least(seen.distance, distance);
  };
  const zero =
    (op: "relu" | "abs"): Ops["relu"] =>
    (d, a, n, rows = 1, dRow = 0, aRow = 0) => {
      for (let k = 0; k < rows * n; k += 1) note(Math.abs(floats[a + Math.floor(k / n) * aRow + (k % n)]));
      ops[op](d, a, n, rows, dRow, aRow);
    };
  const equal =
    (op: "min" | "max"): Ops["min"] =>
    (d, a, b, n, rows = 1, dRow = 0, aRow = 0, bRow = 0) => {
      for (let k = 0; k < rows * n; k += 1) {
        const [row, i] = [Math.floor(k / n), k % n];
        note(Math.abs(floats[a + row * aRow + i] - floats[b + row * bRow + i]));
      }
      ops[op](d, a, b, n, rows, dRow, aRow, bRow);
    };
  return {
    ...ops,
    relu: zero("relu"),
    abs: zero("abs"),
    min: equal("min"),
    max: equal("max"),
    select(d, x, a, b, n, rows = 1, dRow = 0, xRow = 0, aRow = 0, bRow = 0) {
      for (let k = 0; k < rows * n; k += 1) note(Math.abs(floats[x + Math.floor(k / n) * xRow + (k % n)]));
      ops.select(d, x, a, b, n, rows, dRow, xRow, aRow, bRow);
    },
  };
}
