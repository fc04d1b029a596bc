// The cell of the long short-term memory, floor 1.

import type { Activation } from "./activations.js";
import { type Cell, variant } from "./cell.js";
import { constant, type Expr } from "./expr.js";
import { functionsOf, gatesOf, within } from "./gates.js";
import { normalized, normParameters } from "./layer_norm.js";

export interface LstmCellOptions {
  /** Gates see the memory, each unit its own, by a weight each: i and f the one before, o the one after. */
  readonly peephole?: boolean;
  /** What is forgotten is what is not let in, f = 1 - i: there is no gate f. */
  readonly coupled?: boolean;
  /** What goes into a gate's function is held within ±clip. */
  readonly clip?: number;
  /** The memory is held within ±cellClip. */
  readonly cellClip?: number;
  /** Functions of the gates, and of the memory where it is given out. */
  readonly activations?: { readonly [k in "i" | "f" | "g" | "o" | "c"]?: Activation };
  /** W x, R h and the memory that is given out are normalized. */
  readonly layerNorm?: boolean;
  /** With layerNorm: what its bias of the gate f begins at. */
  readonly forgetBias?: number;
  /** The output is a product with a further matrix, weight_hr. */
  readonly projected?: boolean;
}

const usual = { i: "sigmoid", f: "sigmoid", g: "tanh", o: "sigmoid", c: "tanh" } as const;

/**
 * Hochreiter and Schmidhuber (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000):
 * c' = f c + i g, h' = o tanh(c'). Gates in the order i f g o, as in PyTorch. Peepholes are those of Gers,
 * Schraudolph and Schmidhuber (2002), coupled gates those of Greff et al. (2017), the projection that of Sak,
 * Senior and Beaufays (2014), layer normalization equations 20 to 22 of Ba, Kiros and Hinton (2016), whose b is
 * the sum of the two biases.
 */
export function lstmCell(options: LstmCellOptions = {}): Cell<"h" | "c"> {
  const { peephole, coupled, layerNorm, projected, forgetBias = 0 } = options;
  const { f, notes } = functionsOf("lstm", usual, options.activations);
  const clip = within("lstm", "clip", options.clip);
  const cellClip = within("lstm", "cellClip", options.cellClip);
  const all = [
    peephole && "peephole",
    coupled && "coupled",
    layerNorm && "layerNorm",
    layerNorm && forgetBias !== 0 && `forgetBias ${forgetBias}`,
    projected && "projected",
    clip.note,
    cellClip.note,
    ...notes,
  ];
  return variant("lstm", all, (name) => {
    const sums = { i: "sum", f: "sum", g: "sum", o: "sum" } as const;
    const { f: _, ...three } = sums;
    const { gates, initial, read } = gatesOf(coupled ? (three as typeof sums) : sums, layerNorm);
    const norm = layerNorm && {
      ...initial,
      ...normParameters(["c"]),
      ...(!coupled && { layer_norm_bias_ih_f: forgetBias }),
    };
    const seen = peephole ? ["i", "f", "o"].filter((gate) => gate in gates) : [];
    return {
      name,
      gates,
      state: ["h", "c"],
      parameters: [...seen.map((gate) => `peephole_${gate}`), ...Object.keys(norm || {})],
      ...(norm && { initial: norm }),
      ...(projected && { matrices: ["weight_hr"], projected: { matrix: "weight_hr" } }),
      step(given, { c }, parameters, across) {
        const a = read(given, parameters, across);
        /** A gate that sees the memory. */
        const open = (gate: "i" | "f" | "o", memory: Expr): Expr => {
          const sum = peephole ? a[gate].add(parameters[`peephole_${gate}`].mul(memory)) : a[gate];
          return f[gate](clip.hold(sum));
        };
        const i = open("i", c);
        const kept = (coupled ? constant(1).sub(i) : open("f", c)).mul(c);
        const next = cellClip.hold(kept.add(i.mul(f.g(clip.hold(a.g)))));
        const [out] = layerNorm ? normalized(["c"], [next], parameters, across) : [next];
        const h = open("o", next).mul(f.c(out));
        return { h: projected ? across.product("weight_hr", h) : h, c: next };
      },
    };
  });
}
