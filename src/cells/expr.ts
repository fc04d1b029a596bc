// A graph of scalars, one per unit of a layer, floor 1. A cell is written once with it; it is then evaluated
// on the CPU, printed as WGSL and differentiated. Besides arithmetic there are two exchanges between units:
// products and sums.

import { wrong } from "../errors.js";

/** Where a number of one unit at one step lies: a pre-activation's slot, a state, a parameter, … */
export interface Place {
  /**
   * a: slot of the pre-activations. before, after: a state at either side of the step. carry: kept per
   * sequence and unit. dy: gradient of the layer's output. ds: where the gradient of a state is noted. p:
   * parameter. units: 1 / H. mask: what is drawn while training. cut: 0 where no gradient goes back between two
   * steps, else 1. bound: the largest that a state's gradient may be there. fed: in a scan's workgroup memory.
   */
  readonly in:
    | "a"
    | "before"
    | "after"
    | "carry"
    | "dy"
    | "ds"
    | "p"
    | "units"
    | "x"
    | "mask"
    | "cut"
    | "bound"
    | "fed";
  readonly index: number;
}

/** Names a place: "a0", "before1". */
export function keyOf({ in: space, index }: Place): string {
  return `${space}${index}`;
}

/** A block of H rows of R or of W, or one of the further matrices M. */
export interface Matrix {
  readonly block: "R" | "W" | "M";
  readonly index: number;
}

/** What a product sums over: a matrix, or its transpose, for each of its arguments. */
export interface Product {
  readonly matrices: readonly Matrix[];
  readonly transposed: boolean;
  /** Whether the sum starts from the block's bias. */
  readonly bias: boolean;
}

export type Arithmetic = "add" | "sub" | "mul" | "div" | "min" | "max" | "neg" | "select" | Pointwise;
export type Pointwise = "sigmoid" | "tanh" | "relu" | "exp" | "log" | "sqrt" | "abs";
export type Op = Arithmetic | "constant" | "leaf" | "product" | "sum";

/** A scalar of one unit. */
export class Expr {
  readonly op: Op;
  readonly args: readonly Expr[];
  /** Of a constant. */
  readonly value: number;
  readonly place: Place | undefined;
  readonly product: Product | undefined;

  constructor(
    op: Op,
    args: readonly Expr[],
    given: { value?: number; place?: Place; product?: Product } = {},
  ) {
    this.op = op;
    this.args = args;
    this.value = given.value ?? 0;
    this.place = given.place;
    this.product = given.product;
  }

  add(b: Expr | number): Expr {
    const other = expr(b);
    if (isConstant(this, 0)) return other;
    if (isConstant(other, 0)) return this;
    return apply("add", this, other);
  }

  sub(b: Expr | number): Expr {
    const other = expr(b);
    if (isConstant(this, 0)) return other.neg();
    if (isConstant(other, 0)) return this;
    return apply("sub", this, other);
  }

  mul(b: Expr | number): Expr {
    const other = expr(b);
    if (isConstant(this, 0) || isConstant(other, 0)) return constant(0);
    if (isConstant(this, 1)) return other;
    if (isConstant(other, 1)) return this;
    return apply("mul", this, other);
  }

  div(b: Expr | number): Expr {
    const other = expr(b);
    if (isConstant(this, 0)) return this;
    if (isConstant(other, 1)) return this;
    return apply("div", this, other);
  }

  neg(): Expr {
    return this.op === "constant" ? constant(-this.value) : apply("neg", this);
  }
}

/** A constant of the equations. */
export function constant(value: number): Expr {
  if (!Number.isFinite(Math.fround(value))) {
    throw wrong("constant", value, "a finite float32");
  }
  return new Expr("constant", [], { value });
}

export function leaf(place: Place): Expr {
  return new Expr("leaf", [], { place });
}

export function apply(op: Arithmetic, ...args: Expr[]): Expr {
  return new Expr(op, args);
}

export function isConstant(e: Expr, value: number): boolean {
  return e.op === "constant" && e.value === value;
}

export function isExchange(e: Expr): boolean {
  return e.op === "product" || e.op === "sum";
}

/** Takes a number for a constant; refuses what is neither that nor an expression. */
export function expr(e: Expr | number): Expr {
  if (e instanceof Expr) return e;
  if (typeof e === "number") return constant(e);
  throw wrong(
    "defineCell: an operand",
    describe(e),
    "an expression or a number; of a split or fed gate n take n.x or n.h",
  );
}

function describe(e: unknown): string {
  if (e === null || typeof e !== "object") return String(e);
  return `{ ${Object.keys(e).join(", ")} }`;
}

/** Every node that the roots depend on, arguments before results. */
export function inOrder(roots: readonly Expr[]): Expr[] {
  const order = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (order.has(e)) return;
    e.args.forEach(visit);
    order.add(e);
  };
  roots.forEach(visit);
  return [...order];
}

/** The same graph with nodes replaced, and with one node where several say the same. */
export function rewrite(replaced: ReadonlyMap<Expr, Expr> = new Map()): (root: Expr) => Expr {
  const done = new Map<Expr, Expr>();
  const known = new Map<string, Expr>();
  const numbers = new Map<Expr, number>();
  const unique = (e: Expr): Expr => {
    const args = e.args.map((a) => numbers.get(a));
    const key = JSON.stringify([e.op, args, e.value, e.place, e.product]);
    const twin = known.get(key);
    if (twin) return twin;
    known.set(key, e);
    numbers.set(e, numbers.size);
    return e;
  };
  const visit = (e: Expr): Expr => {
    const before = done.get(e);
    if (before) return before;
    const given = replaced.get(e);
    const from = given ?? e;
    const args = from.args.map(visit);
    const same = args.every((a, k) => a === from.args[k]);
    const after = unique(same ? from : new Expr(from.op, args, detail(from)));
    done.set(e, after);
    return after;
  };
  return visit;
}

function detail(e: Expr): { value: number; place?: Place; product?: Product } {
  return {
    value: e.value,
    ...(e.place && { place: e.place }),
    ...(e.product && { product: e.product }),
  };
}
