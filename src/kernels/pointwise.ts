// A function of the values of a model, floor 2: one dispatch, printed from an expression and evaluated from
// the same on the CPU.

import activations from "../../shaders/activations.wgsl?raw";
import scaffold from "../../shaders/pointwise.wgsl?raw";
import { type Expr, inOrder } from "../cells/expr.js";
import { Names, printArithmetic } from "../cells/print.js";
import { type Access, defineKernel, type Field, grid, type Kernel, link } from "./kernel.js";

/**
 * out[m, n] = f(x0[m, n], …), or += with `accumulate`, where leaf x{k} of the expression is input k. Columns
 * are contiguous; row m lies at floor(m / r) * x_m1 + (m % r) * x_m.
 */
export function pointwiseKernel(f: Expr, inputs: number, name = `pointwise(${show(f)})`): Kernel {
  const names = Array.from({ length: inputs }, (_, k) => `x${k}`);
  const nodes = inOrder([f]);
  const leaves = nodes.filter((e) => e.op === "leaf");
  const arithmetic = nodes.filter((e) => e.args.length > 0);
  const operands = [...names, "out"];
  const params: Record<string, Field> = { M: "u32", N: "u32", r: "u32" };
  for (const operand of operands) {
    params[`${operand}_0`] = "u32";
    params[`${operand}_m1`] = "u32";
    params[`${operand}_m`] = "u32";
  }
  params.accumulate = "u32";
  const bindings = Object.fromEntries(
    operands.map((x): [string, Access] => [x, x === "out" ? "read_write" : "read"]),
  );
  return defineKernel({
    name,
    wgsl: (texts) => texts.pointwise(f, leaves, arithmetic, names),
    bindings,
    params,
    workgroups: ({ M, N }) => grid(M * N, 64),
    twin: (twins) => twins.pointwise(f, leaves, arithmetic, names),
    flops: ({ M, N, accumulate }) => M * N * (arithmetic.length + accumulate),
  });
}

export function pointwiseText(
  f: Expr,
  leaves: readonly Expr[],
  arithmetic: readonly Expr[],
  inputs: readonly string[],
): string {
  const names = new Names();
  const loads = leaves.map((e) => {
    const x = inputs[e.place?.index ?? 0];
    return `  let ${names.fresh(e)} = ${x}[params.${x}_0 + m1 * params.${x}_m1 + m * params.${x}_m + n];`;
  });
  const computed = printArithmetic(arithmetic, names).map((line) => `  ${line}`);
  return link(
    "fn value_at(m1: u32, m: u32, n: u32) -> f32 {",
    ...loads,
    ...computed,
    `  return ${names.of(f)};`,
    "}",
    scaffold,
    activations,
  );
}

/** The expression in words, for printed plans: "tanh(x0)". */
function show(e: Expr): string {
  if (e.op === "constant") return String(e.value);
  if (e.op === "leaf") return `x${e.place?.index}`;
  return `${e.op}(${e.args.map(show).join(", ")})`;
}
