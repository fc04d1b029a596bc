// The functions that equations are written with, floor 1: of the scalars of a cell and of the values of a
// model alike.

import { apply, type Expr, expr, type Pointwise } from "./expr.js";

/** A value of a model while it is wired: it can apply an expression to each of its numbers. */
export interface Mappable<V> {
  "~map"(f: (x: Expr) => Expr): V;
}

/** Serves the scalars of a cell and the values of a model. */
export interface Function1 {
  (x: Expr): Expr;
  <V>(x: Mappable<V>): V;
}

function isMappable<V>(x: Expr | Mappable<V>): x is Mappable<V> {
  return typeof x === "object" && x !== null && "~map" in x;
}

function pointwise(op: Pointwise): Function1 {
  function f(x: Expr): Expr;
  function f<V>(x: Mappable<V>): V;
  function f<V>(x: Expr | Mappable<V>): Expr | V {
    const one = (e: Expr): Expr => apply(op, expr(e));
    return isMappable(x) ? x["~map"](one) : one(x);
  }
  return f;
}

/** Hyperbolic tangent; finite everywhere. */
export const tanh: Function1 = /* @__PURE__ */ pointwise("tanh");
/** The logistic function, 1 / (1 + exp(-x)). */
export const sigmoid: Function1 = /* @__PURE__ */ pointwise("sigmoid");
/** max(x, 0). */
export const relu: Function1 = /* @__PURE__ */ pointwise("relu");
/** e to the x. */
export const exp: Function1 = /* @__PURE__ */ pointwise("exp");
/** The natural logarithm. */
export const log: Function1 = /* @__PURE__ */ pointwise("log");
/** The square root of x, which must not be negative. */
export const sqrt: Function1 = /* @__PURE__ */ pointwise("sqrt");
/** x without its sign. */
export const abs: Function1 = /* @__PURE__ */ pointwise("abs");

/** The smaller of the two. Its gradient goes to the one that is taken. */
export function min(a: Expr, b: Expr | number): Expr {
  return apply("min", expr(a), expr(b));
}

/** The larger of the two. */
export function max(a: Expr, b: Expr | number): Expr {
  return apply("max", expr(a), expr(b));
}

/** a where x > 0, else b. */
export function select(x: Expr, a: Expr | number, b: Expr | number): Expr {
  return apply("select", expr(x), expr(a), expr(b));
}

/** x, held between low and high; no gradient outside. */
export function clamp(x: Expr, low: number, high: number): Expr {
  return min(max(x, low), high);
}
