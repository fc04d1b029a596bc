// Evaluates arithmetic on the CPU, floor 2: node by node, each over a vector of units, with the operations of
// `ops`. The list of operations is made once; running it makes nothing.

import type { Expr } from "../cells/expr.js";
import type { Binary, Ops, Unary } from "./ops.js";

const binary: readonly string[] = ["add", "sub", "mul", "div", "min", "max"] satisfies Binary[];
const isBinary = (op: string): op is Binary => binary.includes(op);

/** One operation: `to` and the arguments are numbers of values. */
interface Operation {
  readonly op: Unary | Binary | "select";
  readonly to: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Values by number: those that come from memory, constants and results. */
export class Evaluation {
  readonly #operations: readonly Operation[];
  readonly #numbers = new Map<Expr, number>();
  /** Constants and results: what has a vector of scratch memory. */
  readonly #own: readonly Expr[];
  /** Addresses of the values, by number. Whoever evaluates sets those that come from memory. */
  readonly at: Float64Array;

  constructor(given: readonly Expr[], nodes: readonly Expr[], roots: readonly Expr[]) {
    for (const e of [...given, ...nodes.flatMap((node) => [...node.args, node]), ...roots]) {
      if (!this.#numbers.has(e)) this.#numbers.set(e, this.#numbers.size);
    }
    this.#own = [...this.#numbers.keys()].slice(new Set(given).size);
    this.#operations = nodes.map((e) => {
      const [a = 0, b = 0, c = 0] = e.args.map((arg) => this.number(arg));
      return { op: e.op as Operation["op"], to: this.number(e), a, b, c }; // what is left of a graph's operations
    });
    this.at = new Float64Array(this.#numbers.size);
  }

  /** Vectors of scratch memory that it needs. */
  get vectors(): number {
    return this.#own.length;
  }

  number(e: Expr): number {
    return this.#numbers.get(e) ?? 0;
  }

  /** Lays constants and results at `scratch`, n elements each. Once before any evaluation. */
  prepare(ops: Ops, scratch: number, n: number): void {
    let next = scratch;
    for (const e of this.#own) {
      this.at[this.number(e)] = next;
      if (e.op === "constant") ops.fill(next, e.value, n);
      next += n;
    }
  }

  /** Evaluates every node over n units. */
  run(ops: Ops, n: number): void {
    const at = this.at;
    for (const { op, to, a, b, c } of this.#operations) {
      if (op === "select") ops.select(at[to], at[a], at[b], at[c], n);
      else if (isBinary(op)) ops[op](at[to], at[a], at[b], n);
      else ops[op](at[to], at[a], n);
    }
  }
}
