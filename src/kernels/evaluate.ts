// Evaluates arithmetic on the CPU, floor 2: node by node, each over some rows of units, with the operations
// of `ops`. The list of operations is made once; running it makes nothing. So its loops go by index: what
// iterates over an array is an object, until the loop is optimized.

import type { Expr } from "../cells/expr.js";
import type { Binary, Ops, Unary } from "./ops.js";

const binary: readonly string[] = ["add", "sub", "mul", "div", "min", "max"] satisfies Binary[];
const isBinary = (op: string): op is Binary => binary.includes(op);

/** One operation: `to` and the arguments are numbers of values. */
type Operation = { readonly to: number; readonly a: number; readonly b: number; readonly c: number } & (
  | { readonly arguments: 1; readonly op: Unary }
  | { readonly arguments: 2; readonly op: Binary }
  | { readonly arguments: 3; readonly op: "select" }
);

/** Values by number: those that come from memory, constants and results. */
export class Evaluation {
  readonly #operations: readonly Operation[];
  readonly #numbers = new Map<Expr, number>();
  /** What has scratch memory: results, by number, and constants. */
  readonly #results: readonly number[];
  readonly #constants: readonly { readonly number: number; readonly value: number }[];
  /** Addresses of the values, by number, and how far their rows are apart. */
  readonly #at: Int32Array;
  readonly #apart: Int32Array;

  constructor(given: readonly Expr[], nodes: readonly Expr[], roots: readonly Expr[]) {
    for (const e of [...given, ...nodes.flatMap((node) => [...node.args, node]), ...roots]) {
      if (!this.#numbers.has(e)) this.#numbers.set(e, this.#numbers.size);
    }
    const own = [...this.#numbers.keys()].slice(new Set(given).size);
    const isConstant = (e: Expr): boolean => e.op === "constant";
    this.#results = own.filter((e) => !isConstant(e)).map((e) => this.number(e));
    this.#constants = own.filter(isConstant).map((e) => ({ number: this.number(e), value: e.value }));
    this.#operations = nodes.map((e) => {
      const [a = 0, b = 0, c = 0] = e.args.map((arg) => this.number(arg));
      const count = e.op === "select" ? 3 : isBinary(e.op) ? 2 : 1;
      return { arguments: count, op: e.op, to: this.number(e), a, b, c } as Operation; // one of the three
    });
    this.#at = new Int32Array(this.#numbers.size);
    this.#apart = new Int32Array(this.#numbers.size);
  }

  /** Elements of scratch memory for so many rows of n units. */
  size(rows: number, n: number): number {
    return (this.#results.length * rows + this.#constants.length) * n;
  }

  number(e: Expr): number {
    return this.#numbers.get(e) ?? 0;
  }

  at(value: number): number {
    return this.#at[value];
  }

  apart(value: number): number {
    return this.#apart[value];
  }

  /** Says where a value lies. Whoever evaluates does so for those that come from memory. */
  lay(value: number, at: number, apart: number): void {
    this.#at[value] = at;
    this.#apart[value] = apart;
  }

  /** Lays constants and results at `scratch`. Before any evaluation. */
  prepare(ops: Ops, scratch: number, rows: number, n: number): void {
    let next = scratch;
    for (let k = 0; k < this.#constants.length; k++) {
      this.lay(this.#constants[k].number, next, 0);
      ops.floats[next] = this.#constants[k].value;
      spread(ops, next, n);
      next += n;
    }
    for (let k = 0; k < this.#results.length; k++) {
      this.lay(this.#results[k], next, n);
      next += rows * n;
    }
  }

  /** Evaluates every node over rows of n units. */
  run(ops: Ops, rows: number, n: number): void {
    const at = this.#at;
    const row = this.#apart;
    for (let k = 0; k < this.#operations.length; k++) {
      const o = this.#operations[k];
      const { to, a, b, c } = o;
      if (o.arguments === 1) ops[o.op](at[to], at[a], n, rows, row[to], row[a]);
      else if (o.arguments === 2) ops[o.op](at[to], at[a], at[b], n, rows, row[to], row[a], row[b]);
      else ops.select(at[to], at[a], at[b], at[c], n, rows, row[to], row[a], row[b], row[c]);
    }
  }
}

/**
 * Fills n elements with the first of them, by doubling what is there. Not by ops.fill: to hand a fraction to
 * a function the engine may have to allocate it, and an evaluation allocates nothing.
 */
export function spread(ops: Ops, d: number, n: number): void {
  for (let there = 1; there < n; there *= 2) {
    ops.copy(d + there, d, Math.min(there, n - there));
  }
}
