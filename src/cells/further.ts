// Further cells, floor 1: independent units, cells that a whole sequence can be computed of at once, since
// their gates see the input alone, and the gated unit with the fewest gates.

import { type Activation, pointwise, softplus } from "./activations.js";
import { type Cell, defineCell, variant } from "./cell.js";
import { sigmoid, tanh } from "./functions.js";

/**
 * Li et al. (2018), "Independently recurrent neural network": h' = f(W x + u h + b), f a rectifier unless
 * given. One gate, a; u is a weight a unit.
 */
export function indRnnCell(nonlinearity: Activation = "relu"): Cell<"h"> {
  const { name, f } = pointwise("indRnn: nonlinearity", nonlinearity);
  return variant("ind_rnn", [name !== "relu" && name], (name) => ({
    name,
    gates: { a: "input" },
    state: ["h"],
    parameters: ["u"],
    step: ({ a }, { h }, { u }) => ({ h: f(a.add(u.mul(h))) }),
  }));
}

/**
 * Feng et al. (2024), "Were RNNs all we needed?", section 3.1: h' = (1 - z) h + z n, z and n of the input alone.
 * Gates in the order z n.
 */
export const minGruCell: Cell<"h"> = /* @__PURE__ */ defineCell({
  name: "min_gru",
  gates: { z: "input", n: "input" },
  state: ["h"],
  step: ({ z, n }, { h }) => ({ h: h.add(sigmoid(z).mul(n.sub(h))) }),
});

/**
 * Feng et al. (2024), section 3.2: h' = (f h + i n) / (f + i), f, i and n of the input alone. The share f / (f + i)
 * is sigmoid(log f - log i), which has no small divisor. Gates in the order f i n.
 */
export const minLstmCell: Cell<"h"> = /* @__PURE__ */ defineCell({
  name: "min_lstm",
  gates: { f: "input", i: "input", n: "input" },
  state: ["h"],
  step({ f, i, n }, { h }) {
    const kept = sigmoid(softplus(i.neg()).sub(softplus(f.neg())));
    return { h: n.add(kept.mul(h.sub(n))) };
  },
});

/**
 * Zhou et al. (2016), "Minimal gated unit for recurrent neural networks": n = tanh(W x + R (f h) + b), h' =
 * (1 - f) h + f n. Gates in the order f n.
 */
export const mguCell: Cell<"h"> = /* @__PURE__ */ defineCell({
  name: "mgu",
  gates: { f: "sum", n: "fed" },
  state: ["h"],
  step({ f, n }, { h }) {
    const open = sigmoid(f);
    const candidate = tanh(n.x.add(n.h(open.mul(h))));
    return { h: h.add(open.mul(candidate.sub(h))) };
  },
});
