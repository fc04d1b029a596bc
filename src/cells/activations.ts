// The activations that a gate may have, floor 1: the eleven of ONNX's RNN, GRU and LSTM, as expressions that
// are finite and exact in float32 wherever their result is.

import { wrong } from "../errors.js";
import { constant, type Expr } from "./expr.js";
import { abs, clamp, log, max, min, relu, select, sigmoid, tanh } from "./functions.js";

/** By alpha and beta; how many of the two it takes, and what they are unless given. */
interface Form {
  readonly f: (x: Expr, alpha: number, beta: number) => Expr;
  readonly usual: readonly number[];
}

export const forms = {
  relu: { f: relu, usual: [] },
  tanh: { f: tanh, usual: [] },
  sigmoid: { f: sigmoid, usual: [] },
  affine: { f: (x, alpha, beta) => x.mul(alpha).add(beta), usual: [1, 0] },
  leakyRelu: { f: (x, alpha) => select(x, x, x.mul(alpha)), usual: [0.01] },
  thresholdedRelu: { f: (x, alpha) => select(x.sub(alpha), x, 0), usual: [1] },
  scaledTanh: { f: (x, alpha, beta) => tanh(x.mul(beta)).mul(alpha), usual: [1, 1] },
  hardSigmoid: { f: (x, alpha, beta) => clamp(x.mul(alpha).add(beta), 0, 1), usual: [0.2, 0.5] },
  elu: { f: elu, usual: [1] },
  softsign: { f: (x) => x.div(abs(x).add(1)), usual: [] },
  softplus: { f: softplus, usual: [] },
} satisfies Record<string, Form>;

export type ActivationName = keyof typeof forms;

/**
 * A function of a gate, by name, or with its numbers. ONNX's, with ONNX's defaults:
 * relu max(x, 0) · tanh · sigmoid · affine αx + β (1, 0) · leakyRelu x > 0 ? x : αx (0.01) ·
 * thresholdedRelu x > α ? x : 0 (1) · scaledTanh α tanh(βx) (1, 1) · hardSigmoid αx + β held in [0, 1]
 * (0.2, 0.5) · elu x > 0 ? x : α(exp(x) - 1) (1) · softsign x / (1 + |x|) · softplus log(1 + exp(x)).
 */
export type Activation =
  | ActivationName
  | { readonly kind: ActivationName; readonly alpha?: number; readonly beta?: number };

/** log(1 + exp(x)), which is max(x, 0) - log(sigmoid(|x|)): nothing in it overflows. */
export function softplus(x: Expr): Expr {
  return max(x, 0).sub(log(sigmoid(abs(x))));
}

/** exp(x) - 1 is 2t / (1 - t), t = tanh(x / 2): no digits are lost near 0. */
function elu(x: Expr, alpha: number): Expr {
  const t = tanh(min(x, 0).mul(0.5));
  return select(x, x, t.mul(2 * alpha).div(constant(1).sub(t)));
}

/** An activation as it is used. */
export interface Pointwise {
  /** The same for all that are the same function: "tanh", "hardSigmoid(0.2 0.5)". */
  readonly name: string;
  readonly f: (x: Expr) => Expr;
}

/** @throws ShapeError if there is no such activation, or it does not take alpha or beta. */
export function pointwise(where: string, activation: Activation): Pointwise {
  const { kind, ...given } = typeof activation === "string" ? { kind: activation } : activation;
  if (!Object.hasOwn(forms, kind)) {
    throw wrong(where, `"${kind}"`, `one of ${Object.keys(forms).join(", ")}`);
  }
  const { f, usual }: Form = forms[kind];
  const numbers = (["alpha", "beta"] as const).flatMap((name, k) => {
    const value = given[name] ?? usual[k];
    if (value === undefined) return [];
    if (k < usual.length && Number.isFinite(Math.fround(value))) return [value];
    const must = k < usual.length ? "a finite number" : `left out: ${kind} takes none`;
    throw wrong(`${where}: ${name}`, value, must);
  });
  const [alpha = 0, beta = 0] = numbers;
  return {
    name: numbers.length > 0 ? `${kind}(${numbers.join(" ")})` : kind,
    f: (x) => f(x, alpha, beta),
  };
}
