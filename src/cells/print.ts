// Prints arithmetic as WGSL, floor 1: one `let` for each node. Linked with shaders/activations.wgsl, whose
// tanh and sigmoid are finite for every input (the built-in ones are not).

import type { Expr, Op } from "./expr.js";

/** Of operations that are not a function of the same name. */
const forms: { readonly [op in Op]?: (a: string, b: string, c: string) => string } = {
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  div: (a, b) => `${a} / ${b}`,
  neg: (a) => `-${a}`,
  select: (x, a, b) => `select(${b}, ${a}, ${x} > 0.0)`,
  sigmoid: (a) => `safe_sigmoid(${a})`,
  tanh: (a) => `safe_tanh(${a})`,
  relu: (a) => `select(${a}, 0.0, ${a} < 0.0)`, // max may drop a NaN
};

/** A number with all its digits, as a literal of type f32. */
export function literal(value: number): string {
  const text = String(Math.fround(value));
  const float = /[.e]/.test(text) ? text : `${text}.0`;
  return value < 0 ? `(${float})` : float;
}

/** The names of the values of a text, given out as they are printed. */
export class Names {
  readonly #names = new Map<Expr, string>();
  #count = 0;

  /** The name, or the literal, by which a value is read. */
  of(e: Expr): string {
    if (e.op === "constant") return literal(e.value);
    const name = this.#names.get(e);
    if (name === undefined) throw new Error(`print: a ${e.op} is used before it is there`);
    return name;
  }

  set(e: Expr, name: string): void {
    this.#names.set(e, name);
  }

  fresh(e: Expr): string {
    const name = `v${this.#count++}`;
    this.#names.set(e, name);
    return name;
  }
}

/** An operation on values of these names. */
export function printOp(op: Op, ...args: string[]): string {
  const [a, b, c] = args;
  return forms[op]?.(a, b, c) ?? `${op}(${args.join(", ")})`;
}

/** One line a node, in order. */
export function printArithmetic(nodes: readonly Expr[], names: Names): string[] {
  return nodes.map((e) => {
    const args = e.args.map((arg) => names.of(arg));
    return `let ${names.fresh(e)} = ${printOp(e.op, ...args)};`;
  });
}
