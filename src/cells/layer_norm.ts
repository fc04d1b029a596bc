// Layer normalization inside a cell, floor 1: Ba, Kiros and Hinton (2016). What is normalized together is one
// vector over gates and units; gains and biases are parameters of a unit, one of each for each gate.

import { constant, type Expr } from "./expr.js";
import { sqrt } from "./functions.js";
import type { Across } from "./spec.js";

type Named<V> = Readonly<Record<string, V>>;
const epsilon = 1e-5;

/** Parameters of what is normalized under these names, with what they begin at: gains 1, biases 0. */
export function normParameters(names: readonly string[]): Named<number> {
  return Object.fromEntries(
    names.flatMap((name) => [
      [`layer_norm_weight_${name}`, 1],
      [`layer_norm_bias_${name}`, 0],
    ]),
  );
}

/** gain (v - mean) / sqrt(variance + 1e-5) + bias of one vector, whose parts have names. */
export function normalized(
  names: readonly string[],
  parts: readonly Expr[],
  parameters: Named<Expr>,
  { mean }: Across,
): Expr[] {
  const average = (values: readonly Expr[]): Expr =>
    mean(values.reduce((sum, v) => sum.add(v))).mul(1 / values.length);
  const middle = average(parts);
  const apart = parts.map((v) => v.sub(middle));
  const scale = constant(1).div(sqrt(average(apart.map((d) => d.mul(d))).add(epsilon)));
  return names.map((name, k) =>
    apart[k]
      .mul(scale)
      .mul(parameters[`layer_norm_weight_${name}`])
      .add(parameters[`layer_norm_bias_${name}`]),
  );
}
