// Evaluates arithmetic on the CPU, floor 2: node by node, each over a vector of units, with the operations of `ops`. The list of
// operations is made once; running it makes nothing.

import type { Expr } from "../cells/expr.js";
import type { Binary, Ops, Unary } from "./ops.js";

const binary = ["add", "sub", "mul", "div", "min", "max"] as const satisfies readonly Binary[];
const isBinary = (op: string): op is Binary => (binary as readonly string[]).includes(op);

/** One operation: `to` and the arguments are numbers of values. */
interface Operation {
  readonly op: Unary | Binary | "affine" | "select";
  readonly to: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly scale: number;
  readonly shift: number;
}

/** Values by number: those that come from memory, constants that need a vector of their own, and results. */
export class Evaluation {
  readonly #operations: Operation[] = [];
  readonly #numbers = new Map<Expr, number>();
  readonly #constants: { readonly value: number; readonly number: number }[] = [];
  readonly #results: number[] = [];
  /** Addresses of the values, by number. Whoever evaluates sets those that come from memory. */
  readonly at: Float64Array;

  constructor(given: readonly Expr[], nodes: readonly Expr[], roots: readonly Expr[]) {
    for (const e of given) this.#number(e);
    for (const e of nodes) this.#compile(e);
    for (const e of roots) this.#value(e);
    this.at = new Float64Array(this.#numbers.size);
  }

  /** Vectors of scratch memory that it needs. */
  get vectors(): number {
    return this.#results.length + this.#constants.length;
  }

  number(e: Expr): number {
    return this.#numbers.get(e) ?? 0;
  }

  /** Lays constants and results at `scratch`, n elements each. Once before any evaluation. */
  prepare(ops: Ops, scratch: number, n: number): void {
    let next = scratch;
    for (const number of this.#results) {
      this.at[number] = next;
      next += n;
    }
    for (const { value, number } of this.#constants) {
      this.at[number] = next;
      ops.fill(next, value, n);
      next += n;
    }
  }

  /** Evaluates every node over n units. */
  run(ops: Ops, n: number): void {
    const at = this.at;
    for (const o of this.#operations) {
      const to = at[o.to];
      if (o.op === "affine") ops.affine(to, at[o.a], o.scale, o.shift, n);
      else if (o.op === "select") ops.select(to, at[o.a], at[o.b], at[o.c], n);
      else if (isBinary(o.op)) ops[o.op](to, at[o.a], at[o.b], n);
      else ops[o.op](to, at[o.a], n);
    }
  }

  #compile(e: Expr): void {
    const [x, y] = e.args;
    const to = this.#number(e);
    this.#results.push(to);
    const affine = (a: Expr, scale: number, shift: number): void => {
      this.#operations.push({ op: "affine", to, a: this.#value(a), b: 0, c: 0, scale, shift });
    };
    const constantOf = (arg: Expr | undefined): number | undefined =>
      arg?.op === "constant" ? arg.value : undefined;
    const [p, q] = [constantOf(x), constantOf(y)];
    if (e.op === "neg" && x) affine(x, -1, 0);
    else if (e.op === "add" && x && q !== undefined) affine(x, 1, q);
    else if (e.op === "add" && y && p !== undefined) affine(y, 1, p);
    else if (e.op === "sub" && x && q !== undefined) affine(x, 1, -q);
    else if (e.op === "sub" && y && p !== undefined) affine(y, -1, p);
    else if (e.op === "mul" && x && q !== undefined) affine(x, q, 0);
    else if (e.op === "mul" && y && p !== undefined) affine(y, p, 0);
    else {
      const [a = 0, b = 0, c = 0] = e.args.map((arg) => this.#value(arg));
      this.#operations.push({ op: e.op as Operation["op"], to, a, b, c, scale: 1, shift: 0 });
    }
  }

  #number(e: Expr): number {
    const known = this.#numbers.get(e);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(e, number);
    return number;
  }

  /** The number of an argument; a constant gets a vector of its own. */
  #value(e: Expr): number {
    const known = this.#numbers.get(e);
    if (known !== undefined) return known;
    const number = this.#number(e);
    if (e.op === "constant") this.#constants.push({ value: e.value, number });
    return number;
  }
}
