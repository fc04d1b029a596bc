// A function of the values of a model, floor 2: one dispatch, printed from an expression and evaluated from
// the same on the CPU.

import activations from "../../shaders/activations.wgsl?raw";
import scaffold from "../../shaders/pointwise.wgsl?raw";
import { type Expr, inOrder } from "../cells/expr.js";
import { Names, printArithmetic } from "../cells/print.js";
import { Evaluation } from "./evaluate.js";
import { type Access, defineKernel, type Field, grid, type Kernel, link } from "./kernel.js";
import { rowsAtOnce } from "./rows.js";
import { allRows, type Runs } from "./runs.js";

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
  const evaluation = new Evaluation(leaves, arithmetic, [f]);
  // Named once: a run makes no string.
  const namesOf = (x: string) => ({ x, first: `${x}_0`, m1: `${x}_m1`, m0: `${x}_m` });
  const sources = leaves.map((e) => ({
    value: evaluation.number(e),
    ...namesOf(names[e.place?.index ?? 0]),
  }));
  const all = [...sources, namesOf("out")];
  return defineKernel({
    name,
    wgsl: link(print(f, leaves, arithmetic, names), scaffold, activations),
    bindings,
    params,
    workgroups: ({ M, N }) => grid(M * N, 64),
    scratch: ({ M, N }) => evaluation.size(Math.min(M, rowsAtOnce(N)), N),
    cpu(ops, at, p) {
      const { M, N, r } = p;
      let isOne = true;
      for (let k = 0; k < all.length; k++) isOne &&= M <= r || p[all[k].m1] === r * p[all[k].m0];
      const runs = runsOf(p, M, r, isOne);
      const atOnce = Math.min(M, rowsAtOnce(N));
      const result = evaluation.number(f);
      const out = runs.outer ? p.out_m1 : p.out_m;
      evaluation.prepare(ops, at.scratch, atOnce, N);
      for (let run = 0; run < runs.at.length; run += 3) {
        const end = runs.at[run + 2];
        for (let row = 0; row < end; row += atOnce) {
          const outer = runs.at[run] + (runs.outer ? row : 0);
          const inner = runs.at[run + 1] + (runs.outer ? 0 : row);
          const rows = Math.min(atOnce, end - row);
          for (let k = 0; k < sources.length; k++) {
            const { value, x, first, m1, m0 } = sources[k];
            const from = at[x] + p[first] + outer * p[m1] + inner * p[m0];
            evaluation.lay(value, from, runs.outer ? p[m1] : p[m0]);
          }
          evaluation.run(ops, rows, N);
          const to = at.out + p.out_0 + outer * p.out_m1 + inner * p.out_m;
          const from = evaluation.at(result);
          const apart = evaluation.apart(result);
          if (p.accumulate === 0) ops.copy(to, from, N, rows, out, apart);
          else ops.add(to, to, from, N, rows, out, out, apart);
        }
      }
    },
    flops: ({ M, N, accumulate }) => M * N * (arithmetic.length + accumulate),
  });
}

/** By parameters, which are constant for the life of a plan: a run makes no arrays. */
const known = new WeakMap<object, Runs>();

function runsOf(p: object, M: number, r: number, isOne: boolean): Runs {
  const runs = known.get(p) ?? allRows(M, r, isOne);
  known.set(p, runs);
  return runs;
}

function print(
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
  return [
    "fn value_at(m1: u32, m: u32, n: u32) -> f32 {",
    ...loads,
    ...computed,
    `  return ${names.of(f)};`,
    "}",
  ].join("\n");
}

/** The expression in words, for printed plans: "tanh(x0)". */
function show(e: Expr): string {
  if (e.op === "constant") return String(e.value);
  if (e.op === "leaf") return `x${e.place?.index}`;
  return `${e.op}(${e.args.map(show).join(", ")})`;
}
