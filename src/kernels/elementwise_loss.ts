// A loss that compares number with number, and its gradient, row by row, floor 2: printed from an expression
// of the two and its derivative, and evaluated from the same on the CPU.

import activations from "../../shaders/activations.wgsl?raw";
import scaffold from "../../shaders/elementwise_loss.wgsl?raw";
import runWgsl from "../../shaders/run.wgsl?raw";
import { adjoints } from "../cells/derivative.js";
import { constant, type Expr, inOrder, leaf, rewrite } from "../cells/expr.js";
import { Names, printArithmetic } from "../cells/print.js";
import { defineKernel, grid, type Kernel, link } from "./kernel.js";

export type Bound = "prediction" | "targets" | "weights" | "dprediction" | "losses";
export type Parameter = "M" | "N" | "r" | "in_0" | "in_m1" | "in_m" | "target_m1" | "target_m" | "gradient";

/**
 * losses[m] = weights[m] times the sum over n of f(prediction, target) and, with `gradient`, dprediction [M,
 * N] contiguous = run.scale weights[m] df/dprediction. A row of weight 0 is not read: it may hold anything.
 * Without `gradient`, bind any writable buffer as dprediction. name: of f, as no other has it. (WGSL reserves
 * "target".)
 */
export function elementwiseLoss(
  name: string,
  f: (prediction: Expr, target: Expr) => Expr,
): Kernel<Bound, Parameter> {
  const leaves = [0, 1].map((index) => leaf({ in: "x", index }));
  const [x0, x1] = leaves;
  const same = rewrite();
  const value = same(f(x0, x1));
  const slope = same(adjoints([[value, constant(1)]])(x0));
  const arithmetic = inOrder([value, slope]).filter((e) => e.args.length > 0);
  return defineKernel({
    name: `elementwise_loss(${name})`,
    wgsl: link(print(leaves, arithmetic, value, slope), scaffold, activations, runWgsl),
    bindings: {
      prediction: "read",
      targets: "read",
      weights: "read",
      dprediction: "read_write",
      losses: "read_write",
    },
    run: true,
    params: {
      M: "u32",
      N: "u32",
      r: "u32", // row m of the prediction lies at floor(m / r) * in_m1 + (m % r) * in_m, its target alike
      in_0: "u32",
      in_m1: "u32",
      in_m: "u32",
      target_m1: "u32",
      target_m: "u32",
      gradient: "u32", // 1: dprediction is written
    },
    workgroups: ({ M }) => grid(M, 64),
    twin: (twins) => twins.elementwiseLoss(leaves, arithmetic, value, slope),
    flops: ({ M, N }) => M * N * (arithmetic.length + 2),
  });
}

function print(leaves: readonly Expr[], arithmetic: readonly Expr[], value: Expr, slope: Expr): string {
  const names = new Names();
  leaves.forEach((e, k) => {
    names.set(e, `x${k}`);
  });
  return [
    "fn compared(x0: f32, x1: f32) -> vec2f {",
    ...printArithmetic(arithmetic, names).map((line) => `  ${line}`),
    `  return vec2f(${names.of(value)}, ${names.of(slope)});`,
    "}",
  ].join("\n");
}
