// Reverse-mode differentiation of a graph, floor 1. The derivative of a product is a product by the
// transpose, of a sum a sum: the graphs with these two exchanges are closed under differentiation, so the
// backward step is a graph of the same kind.

import { type Arithmetic, apply, constant, Expr, inOrder, isConstant, type Matrix } from "./expr.js";

/** Gradients of the arguments, given the gradient g of the result y. */
type Rule = (g: Expr, y: Expr, ...args: Expr[]) => readonly Expr[];

const where = (x: Expr, a: Expr, b: Expr): Expr =>
  isConstant(a, 0) && isConstant(b, 0) ? a : apply("select", x, a, b);
const zero = constant(0);

const rules: Readonly<Record<Arithmetic, Rule>> = {
  add: (g) => [g, g],
  sub: (g) => [g, g.neg()],
  mul: (g, _, a, b) => [g.mul(b), g.mul(a)],
  div: (g, y, _, b) => [g.div(b), g.mul(y).div(b).neg()],
  min: (g, _, a, b) => [where(b.sub(a), g, zero), where(b.sub(a), zero, g)],
  max: (g, _, a, b) => [where(a.sub(b), g, zero), where(a.sub(b), zero, g)],
  neg: (g) => [g.neg()],
  select: (g, _, x) => [zero, where(x, g, zero), where(x, zero, g)],
  sigmoid: (g, y) => [g.mul(y.mul(constant(1).sub(y)))],
  tanh: (g, y) => [g.mul(constant(1).sub(y.mul(y)))],
  relu: (g, _, a) => [where(a, g, zero)],
  exp: (g, y) => [g.mul(y)],
  log: (g, _, a) => [g.div(a)],
  sqrt: (g, y) => [g.div(y.mul(2))],
  abs: (g, _, a) => [where(a, g, g.neg())],
};

/** The same for functions whose derivative is one of their result y alone, as with relu, which is above 0 where a is. */
export function fromResult(op: "tanh" | "sigmoid" | "relu", g: Expr, y: Expr): Expr {
  return rules[op](g, y, y)[0];
}

interface Term {
  readonly matrix: Matrix;
  readonly fed: Expr;
}

/**
 * d(sum of seed · root) / d(node), for every node. Products onto one node are one product over all their
 * terms.
 */
export function adjoints(seeds: readonly (readonly [root: Expr, seed: Expr])[]): (node: Expr) => Expr {
  const rest = new Map<Expr, Expr>();
  const terms = new Map<Expr, Term[]>();
  const done = new Map<Expr, Expr>();
  const add = (e: Expr, g: Expr): void => {
    rest.set(e, (rest.get(e) ?? zero).add(g));
  };
  for (const [root, seed] of seeds) add(root, seed);

  const total = (e: Expr): Expr => {
    const known = done.get(e);
    if (known) return known;
    const products = terms.get(e);
    const direct = rest.get(e) ?? zero;
    const g = products ? direct.add(transposed(products)) : direct;
    done.set(e, g);
    return g;
  };

  for (const y of inOrder(seeds.map(([root]) => root)).reverse()) {
    const g = total(y);
    if (y.op === "constant" || y.op === "leaf" || isConstant(g, 0)) continue;
    if (y.op === "product") {
      y.args.forEach((fed, k) => {
        const matrix = y.product?.matrices[k];
        if (matrix) terms.set(fed, [...(terms.get(fed) ?? []), { matrix, fed: g }]);
      });
    } else if (y.op === "sum") {
      y.args.forEach((x) => {
        add(x, new Expr("sum", [g]));
      });
    } else {
      rules[y.op](g, y, ...y.args).forEach((gx, k) => {
        const x = y.args[k];
        if (x && !isConstant(gx, 0)) add(x, gx);
      });
    }
  }
  return total;
}

/** Block by block, in the order of their rows: the one order of summation of every backward step. */
function transposed(terms: readonly Term[]): Expr {
  const rank = ({ matrix }: Term): number => (matrix.block === "R" ? 0 : 1e6) + matrix.index;
  const sorted = [...terms].sort((a, b) => rank(a) - rank(b));
  return new Expr(
    "product",
    sorted.map((t) => t.fed),
    { product: { matrices: sorted.map((t) => t.matrix), transposed: true, bias: false } },
  );
}
