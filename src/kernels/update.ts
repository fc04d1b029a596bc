// One dispatch that updates all weights, floor 2: printed from an optimizer's expression and evaluated from the
// same on the CPU (src/kernels/update_cpu.ts). Where weights differ in how they are trained, a table of ranges says how.

import rangesWgsl from "../../shaders/ranges.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import scaffold from "../../shaders/update.wgsl?raw";
import { constant, type Expr, inOrder, leaf, rewrite } from "../cells/expr.js";
import { Names, printArithmetic } from "../cells/print.js";
import { type Access, defineKernel, type Field, grid, type Kernel, link } from "./kernel.js";

/** What the next weight and its next moments are made of: numbers of one weight. */
export interface Scalars {
  /** Its gradient, clipped. */
  readonly g: Expr;
  readonly w: Expr;
  readonly lr: Expr;
  readonly decay: Expr;
  readonly correction1: Expr;
  readonly correction2: Expr;
  /** In the order in which the rule names them. */
  readonly moments: readonly Expr[];
}

/** An optimizer's equations. */
export interface UpdateRule {
  /** Names the kernel: two rules of one name have the same equations, with the same constants in them. */
  readonly name: string;
  /** Names of the moments, which are zero at first. */
  readonly moments: readonly string[];
  readonly weightDecay: number;
  /** A moment that is replaced must not be read for any other's sake. */
  readonly next: (now: Scalars) => { readonly w: Expr; readonly moments: readonly Expr[] };
}

/** Stands for no bound: larger than any gradient whose square is finite. */
export const unbounded = 2 ** 126;

/** Numbers that all weights of a range share, by the names that the shader has for them. */
export const shared = ["lr", "decay", "run.correction1", "run.correction2"] as const;

/**
 * Updates n weights and their moments [n]. Gradients are multiplied with control[2 + layer] and then held
 * within ±control[1]; nothing is written if control[0] is 0.
 *
 * Without `ranged`, the learning rate is run.lr, and there is one layer. With it, `ranges` has params.ranges
 * rows of [end, shift, layer, group] in increasing order: the i-th trained weight lies at i + shift, if it is
 * before `end`; and `rates` has a row of [learning rate, weight decay] for each group.
 */
export function updateKernel(rule: UpdateRule, ranged: boolean): Kernel {
  const given = [...shared, "g", "w", ...rule.moments].map((_, index) => leaf({ in: "x", index }));
  const [lr, decayOf, correction1, correction2, g, w, ...moments] = given;
  const decay = ranged ? decayOf : constant(rule.weightDecay);
  const next = rule.next({ g, w, lr, decay, correction1, correction2, moments });
  const roots = [...next.moments, next.w].map(rewrite());
  const arithmetic = inOrder(roots).filter((e) => e.args.length > 0);

  const bindings: Record<string, Access> = { gradients: "read", control: "read", weights: "read_write" };
  for (const name of rule.moments) bindings[name] = "read_write";
  if (ranged) {
    bindings.ranges = "read u32";
    bindings.rates = "read";
  }
  const params: Record<string, Field> = { n: "u32", ...(ranged && { ranges: "u32" }) };

  return defineKernel({
    name: [rule.name, ranged ? "by ranges" : rule.weightDecay > 0 && `decay ${rule.weightDecay}`]
      .filter(Boolean)
      .join(" "),
    wgsl: (texts) => texts.update(rule.moments, ranged, given, arithmetic, roots),
    bindings,
    run: true,
    params,
    workgroups: ({ n }) => grid(n, 64),
    twin: (twins) => twins.update(rule.moments, ranged, given, arithmetic, roots),
    flops: ({ n }) => n * (arithmetic.length + 3),
  });
}

/** The scaffold, and what it calls. Everything is read before anything is written. */
export function updateText(
  moments: readonly string[],
  ranged: boolean,
  given: readonly Expr[],
  arithmetic: readonly Expr[],
  roots: readonly Expr[],
): string {
  const names = new Names();
  const places = [...moments.map((name) => `${name}[i]`), "weights[at]"];
  const texts = [...shared, "g", "weights[at]", ...places];
  given.forEach((e, k) => {
    names.set(e, texts[k]);
  });
  return link(
    "fn next(i: u32, at: u32, g: f32, lr: f32, decay: f32) {",
    ...printArithmetic(arithmetic, names).map((line) => `  ${line}`),
    ...places.map((place, k) => `  ${place} = ${names.of(roots[k])};`),
    "}",
    ranged ? rangesWgsl : "fn range_of(i: u32) -> Range {\n  return Range(0u, 0u, run.lr, 0.0);\n}",
    scaffold,
    runWgsl,
  );
}
