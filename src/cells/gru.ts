// The cell of the gated recurrent unit, floor 1.

import type { Activation } from "./activations.js";
import { type Cell, variant } from "./cell.js";
import { functionsOf, gatesOf, within } from "./gates.js";

export interface GruCellOptions {
  /** Whether the reset gate acts after the product with R, as in cuDNN and PyTorch; true unless given. */
  readonly resetAfter?: boolean;
  /** What goes into a gate's function is held within ±clip. */
  readonly clip?: number;
  /** Functions of the gates. */
  readonly activations?: { readonly [k in "r" | "z" | "n"]?: Activation };
  /** W x and R h are normalized. Only with resetAfter. */
  readonly layerNorm?: boolean;
}

const usual = { r: "sigmoid", z: "sigmoid", n: "tanh" } as const;

/**
 * Cho et al. (2014): h' = (1 - z) n + z h. Gates in the order r z n, as in PyTorch. With the reset gate after
 * the product n = tanh(W x + r (R h)); before it, as first published and as in Keras with reset_after=False,
 * n = tanh(W x + R (r h)). Normalized as in Ba, Kiros and Hinton (2016), over all three gates together.
 */
export function gruCell(options: GruCellOptions = {}): Cell<"h"> {
  const { resetAfter = true, layerNorm } = options;
  const { f, notes } = functionsOf("gru", usual, options.activations);
  const clip = within("gru", "clip", options.clip);
  const base = resetAfter ? "gru" : "gru_reset_before";
  return variant(base, [layerNorm && "layerNorm", clip.note, ...notes], (name) => {
    const sums = { r: "sum", z: "sum" } as const;
    const { gates, initial, read } = resetAfter
      ? gatesOf({ ...sums, n: "split" }, layerNorm)
      : gatesOf({ ...sums, n: "fed" }, false);
    return {
      name,
      gates,
      state: ["h"],
      ...(layerNorm && { parameters: Object.keys(initial), initial }),
      step(given, { h }, parameters, across) {
        const { r, z, n } = read(given, parameters, across);
        const reset = f.r(clip.hold(r));
        const recurrent = typeof n.h === "function" ? n.h(reset.mul(h)) : reset.mul(n.h);
        const candidate = f.n(clip.hold(n.x.add(recurrent)));
        return { h: candidate.add(f.z(clip.hold(z)).mul(h.sub(candidate))) };
      },
    };
  });
}
