// Cells as other projects know them: any activation in any place, clipped pre-activations, peepholes, a
// coupled forget gate. None of it is an option of webrnn's layers: each is an equation, given to defineCell.

import {
  abs,
  type Cell,
  clamp,
  constant,
  defineCell,
  type Expr,
  gru,
  lstm,
  type Recurrent,
  type RecurrentOptions,
  recurrent,
  relu,
  rnn,
  sigmoid,
  tanh,
} from "webrnn";

/** What a cell computes, whoever's it is. Gates are named as in PyTorch: i f g o, or r z n. */
export interface CellKind {
  readonly kind: "rnn" | "lstm" | "gru";
  /** rnn: [f]. lstm: [gates, candidate, output]. gru: [gates, candidate]. */
  readonly activations: readonly Activation[];
  /** Pre-activations are held within ± clip. */
  readonly clip?: number;
  /** lstm: gates see the cell's state too, the output gate the new one. */
  readonly peepholes?: boolean;
  /** lstm: what is forgotten is what is not let in. */
  readonly coupled?: boolean;
  /** gru: the reset gate acts after the product with R, not before it. */
  readonly resetAfter?: boolean;
}

export interface Activation {
  readonly name: string;
  readonly alpha?: number;
  readonly beta?: number;
}

type Pointwise = (x: Expr) => Expr;

/** By the lower-case names of Keras, ONNX and WebNN. */
function pointwise({ name, alpha, beta }: Activation): Pointwise {
  switch (name.toLowerCase().replaceAll("_", "")) {
    case "tanh":
      return tanh;
    case "sigmoid":
      return sigmoid;
    case "relu":
      return relu;
    case "hardsigmoid":
      return (x) => clamp(x.mul(alpha ?? 0.2).add(beta ?? 0.5), 0, 1);
    case "softsign":
      return (x) => x.div(abs(x).add(1));
    case "affine":
      return (x) => x.mul(alpha ?? 1).add(beta ?? 0);
    default:
      throw new Error(`there is no activation ${name}`);
  }
}

/** The layer of such a cell: webrnn's own where it is one of them, else one of a cell defined here. */
export function layerOf(
  cell: CellKind,
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions,
): Recurrent<"h"> | Recurrent<"h" | "c"> {
  const names = cell.activations.map(({ name }) => name.toLowerCase()).join(" ");
  const plain = cell.clip === undefined && !cell.peepholes && !cell.coupled;
  if (plain && cell.kind === "rnn" && (names === "tanh" || names === "relu")) {
    return rnn(inputSize, hiddenSize, { ...options, nonlinearity: names });
  }
  if (plain && cell.kind === "lstm" && names === "sigmoid tanh tanh") {
    return lstm(inputSize, hiddenSize, options);
  }
  if (plain && cell.kind === "gru" && names === "sigmoid tanh") {
    return gru(inputSize, hiddenSize, { ...options, resetAfter: cell.resetAfter ?? false });
  }
  return cell.kind === "lstm"
    ? recurrent(lstmOf(cell), inputSize, hiddenSize, options)
    : recurrent(cell.kind === "gru" ? gruOf(cell) : rnnOf(cell), inputSize, hiddenSize, options);
}

/** Each activation, of its clipped argument. */
function clipped({ activations, clip }: CellKind): Pointwise[] {
  return activations.map((activation) => {
    const f = pointwise(activation);
    return clip === undefined ? f : (x) => f(clamp(x, -clip, clip));
  });
}

export function rnnOf(cell: CellKind): Cell<"h"> {
  const [f] = clipped(cell);
  return defineCell({
    name: "peer_rnn",
    gates: { a: "sum" },
    state: ["h"],
    step: ({ a }) => ({ h: f(a) }),
  });
}

export function lstmOf(cell: CellKind): Cell<"h" | "c"> {
  const [f, g] = clipped(cell);
  // The cell's state is no pre-activation: it is not clipped.
  const [, , h] = cell.activations.map(pointwise);
  if (cell.peepholes) {
    return defineCell({
      name: "peer_lstm_peepholes",
      gates: { i: "sum", f: "sum", g: "sum", o: "sum" },
      state: ["h", "c"],
      parameters: ["peephole_i", "peephole_f", "peephole_o"],
      step(a, { c }, p) {
        const kept = f(a.f.add(p.peephole_f.mul(c))).mul(c);
        const next = kept.add(f(a.i.add(p.peephole_i.mul(c))).mul(g(a.g)));
        return { h: f(a.o.add(p.peephole_o.mul(next))).mul(h(next)), c: next };
      },
    });
  }
  return defineCell({
    name: "peer_lstm",
    gates: { i: "sum", f: "sum", g: "sum", o: "sum" },
    state: ["h", "c"],
    step(a, { c }) {
      const entered = f(a.i);
      const kept = cell.coupled ? constant(1).sub(entered) : f(a.f);
      const next = kept.mul(c).add(entered.mul(g(a.g)));
      return { h: f(a.o).mul(h(next)), c: next };
    },
  });
}

export function gruOf(cell: CellKind): Cell<"h"> {
  const [f, g] = clipped(cell);
  const update = (z: Expr, candidate: Expr, h: Expr): { h: Expr } => ({
    h: candidate.add(f(z).mul(h.sub(candidate))),
  });
  if (cell.resetAfter) {
    return defineCell({
      name: "peer_gru",
      gates: { r: "sum", z: "sum", n: "split" },
      state: ["h"],
      step: ({ r, z, n }, { h }) => update(z, g(n.x.add(f(r).mul(n.h))), h),
    });
  }
  return defineCell({
    name: "peer_gru_reset_before",
    gates: { r: "sum", z: "sum", n: "fed" },
    state: ["h"],
    step: ({ r, z, n }, { h }) => update(z, g(n.x.add(n.h(f(r).mul(h)))), h),
  });
}
