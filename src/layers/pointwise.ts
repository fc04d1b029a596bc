// Functions of the values of a model, number by number, floor 4: add, mul, tanh and the like, each one
// dispatch; and concatenation. The derivative comes from the expression, as a cell's does.

import { adjoints, fromResult } from "../cells/derivative.js";
import { type Expr, leaf, rewrite } from "../cells/expr.js";
import { ShapeError } from "../errors.js";
import { pointwiseKernel } from "../kernels/pointwise.js";
import type { Emitter } from "./emitter.js";
import { counts, type Live, type Rows, type Signal, strides } from "./signal.js";

/**
 * y = f(inputs), all of one shape: one dispatch, and one backward for each input whose gradient is wanted.
 */
export function pointwise(
  e: Emitter,
  name: string,
  given: readonly Signal[],
  f: (x: readonly Expr[]) => Expr,
): Signal {
  const { inputs, live } = together(e, given);
  const leaves = inputs.map((_, index) => leaf({ in: "x", index }));
  const value = rewrite()(f(leaves));
  const y = e.signal(name, inputs[0].rows, e.purpose.differentiate && inputs.some((x) => x.wanted), live);
  const rows = inputs.map((x) => x.rows);
  dispatch(e, value, rows, y.rows, 0);
  e.withGradient(y, (dy) => {
    const seed = leaf({ in: "x", index: inputs.length });
    const gradient = adjoints([[f(leaves), seed]]);
    inputs.forEach((x, k) => {
      const dx = rewrite()(gradient(leaves[k]));
      e.contribute(x, (to, accumulate) => dispatch(e, dx, [...rows, dy], to, accumulate));
    });
  });
  return y;
}

function dispatch(e: Emitter, what: Expr, from: readonly Rows[], to: Rows, accumulate: 0 | 1): void {
  const bound = Object.fromEntries(from.map(({ buffer }, k) => [`x${k}`, buffer]));
  const at = Object.assign({}, ...from.map((rowsOf, k) => strides(`x${k}`, rowsOf)));
  e.plan.dispatch(
    pointwiseKernel(what, from.length),
    { ...bound, out: to.buffer },
    { ...counts(to), ...at, ...strides("out", to), accumulate },
  );
}

/** The gradient of z where y = f(z), of y's and of y. */
export function throughFunction(e: Emitter, f: "tanh" | "sigmoid" | "relu", y: Rows, dy: Rows): Rows {
  const dz = e.signal(`d ${y.buffer.name} before ${f}`, y, false).rows;
  const [value, gradient] = [0, 1].map((index) => leaf({ in: "x", index }));
  dispatch(e, rewrite()(fromResult(f, gradient, value)), [y, dy], dz, 0);
  return dz;
}

/** The features of all inputs side by side: one dispatch for each, forward and backward. */
export function concatenate(e: Emitter, name: string, given: readonly Signal[]): Signal {
  const { inputs, live } = together(e, given);
  const F = inputs.reduce((sum, x) => sum + x.rows.F, 0);
  const { T, B } = inputs[0].rows;
  const y = e.signal(name, { T, B, F }, e.purpose.differentiate && inputs.some((x) => x.wanted), live);
  let column = 0;
  for (const x of inputs) {
    const part = (whole: Rows, at: number): Rows => ({ ...whole, at: whole.at + at, F: x.rows.F });
    const at = column;
    e.copy(x.rows, part(y.rows, at));
    e.mirror(x, y, (dy, to, accumulate) => e.copy(part(dy, at), to, accumulate));
    column += x.rows.F;
  }
  return y;
}

/** The first and the second half of a value's features. */
export function halvesOf(e: Emitter, y: Signal): [Signal, Signal] {
  return [half(e, y, 0), half(e, y, 1)];
}

/** Half of the features where they lie: no dispatch forward, one backward. */
export function half(e: Emitter, x: Signal, which: 0 | 1): Signal {
  const F = x.rows.F / 2;
  const part = (rows: Rows): Rows => ({ ...rows, at: rows.at + which * F, F });
  const y: Signal = { rows: part(x.rows), wanted: x.wanted, ...(x.live && { live: x.live }) };
  return e.mirror(x, y, (dy, to, accumulate) => e.copy(dy, part(to), accumulate), "in parts");
}

/**
 * Signals of one length, and of the same steps: where they differ in which steps they have, those that a signal
 * has not are zeros.
 */
function together(e: Emitter, signals: readonly Signal[]): { inputs: readonly Signal[]; live?: Live } {
  const [{ rows, live }, ...rest] = signals;
  const other = rest.find((one) => one.rows.T !== rows.T);
  if (!other && rest.every((one) => one.live === live)) return { inputs: signals, ...(live && { live }) };
  if (!other) return { inputs: signals.map((one) => e.settled(one)) };
  throw new ShapeError(
    `model: values of ${rows.T} and of ${other.rows.T} steps meet; give their inputs one sequenceLength.`,
  );
}
