// The cell of the long short-term memory, floor 1.

import { type Cell, defineCell } from "./cell.js";
import { sigmoid, tanh } from "./functions.js";

/**
 * Hochreiter and Schmidhuber (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000):
 * c' = f c + i g, h' = o tanh(c'). Gates in the order i f g o, as in PyTorch.
 */
export const lstmCell: Cell<"h" | "c"> = /* @__PURE__ */ defineCell({
  name: "lstm",
  gates: { i: "sum", f: "sum", g: "sum", o: "sum" },
  state: ["h", "c"],
  step({ i, f, g, o }, { c }) {
    const next = sigmoid(f)
      .mul(c)
      .add(sigmoid(i).mul(tanh(g)));
    return { h: sigmoid(o).mul(tanh(next)), c: next };
  },
});
