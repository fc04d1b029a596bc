// The cells of the gated recurrent unit, floor 1. They differ in where the reset gate acts.

import { type Cell, defineCell } from "./cell.js";
import { sigmoid, tanh } from "./functions.js";

/**
 * Cho et al. (2014), the reset gate after the product, as in cuDNN and PyTorch:
 * n = tanh(W x + r (R h)), h' = (1 - z) n + z h. Gates in the order r z n, as in PyTorch.
 */
export const gruCell: Cell<"h"> = /* @__PURE__ */ defineCell({
  name: "gru",
  gates: { r: "sum", z: "sum", n: "split" },
  state: ["h"],
  step({ r, z, n }, { h }) {
    const candidate = tanh(n.x.add(sigmoid(r).mul(n.h)));
    return { h: candidate.add(sigmoid(z).mul(h.sub(candidate))) };
  },
});

/**
 * Cho et al. (2014) as first published, the reset gate before the product, as in Keras with
 * reset_after=False: n = tanh(W x + R (r h)), h' = (1 - z) n + z h. Gates in the order r z n.
 */
export const gruResetBefore: Cell<"h"> = /* @__PURE__ */ defineCell({
  name: "gru_reset_before",
  gates: { r: "sum", z: "sum", n: "fed" },
  state: ["h"],
  step({ r, z, n }, { h }) {
    const candidate = tanh(n.x.add(n.h(sigmoid(r).mul(h))));
    return { h: candidate.add(sigmoid(z).mul(h.sub(candidate))) };
  },
});
