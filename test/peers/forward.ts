// One run of a recurrent layer, given and returned in the layout that Keras and WebNN can be brought into:
// weights by direction and by gates in whatever order, states [D, B, H].

import type { RecurrentOptions, Tensor } from "webrnn";
import type { Place } from "./backends.js";
import { type CellKind, layerOf } from "./cells.js";

export interface Weights {
  /** [gates · H, I] and [gates · H, H], gates in the order of `gates`. */
  readonly W: readonly number[];
  readonly R: readonly number[];
  /** [gates · H]. */
  readonly Wb?: readonly number[] | undefined;
  readonly Rb?: readonly number[] | undefined;
  /** [3 · H], for the gates i, o and f. */
  readonly P?: readonly number[] | undefined;
}

export interface Run {
  readonly cell: CellKind;
  /** The order of the gates in the weights, by PyTorch's letters: "iofg", "zrn", "h" for a simple layer. */
  readonly gates: string;
  readonly sizes: { readonly T: number; readonly B: number; readonly I: number; readonly H: number };
  /** Directions, and what becomes of their outputs. */
  readonly options: RecurrentOptions<"h">;
  /** One a direction. */
  readonly weights: readonly Weights[];
  /** [T, B, I]. */
  readonly x: readonly number[];
  /** [D, B, H]. */
  readonly h0?: readonly number[] | undefined;
  readonly c0?: readonly number[] | undefined;
  /** How often x is fed, the state carried; the last result counts. 1 if not given. */
  readonly calls?: number;
}

export interface Result {
  /** [T, B, D, H], or [T, B, H] of merged directions. */
  readonly y: ArrayLike<number>;
  /** [D, B, H]. */
  readonly hn: ArrayLike<number>;
  /** Of an lstm. */
  readonly cn?: ArrayLike<number>;
}

/** PyTorch's order of the gates, which is webrnn's and that of the cells here. */
const ORDER = { rnn: "h", lstm: "ifgo", gru: "rzn" };

export async function forward({ calls }: Place, run: Run): Promise<Result> {
  const { T, B, I, H } = run.sizes;
  const net = layerOf(run.cell, I, H, { ...run.options, bias: biasOf(run) });
  const session = await calls.session(net, {
    weights: named(run, net.shapes),
    batchSize: B,
    sequenceLength: T,
    batchFirst: false,
    stateful: (run.calls ?? 1) > 1,
  });
  const inputs = {
    x: Float64Array.from(run.x),
    ...(run.h0 ? { h0: Float64Array.from(run.h0) } : {}),
    ...(run.c0 ? { c0: Float64Array.from(run.c0) } : {}),
  };
  const wanted = ["y", "hn", ...(run.cell.kind === "lstm" ? ["cn"] : [])];
  let { y, hn, cn } = await session.run(inputs, wanted);
  for (let call = 1; call < (run.calls ?? 1); call += 1) {
    ({ y, hn, cn } = await session.run(inputs, wanted));
  }
  session.dispose();
  return { y, hn, ...(cn && { cn }) };
}

function biasOf({ weights: [{ Wb, Rb }] }: Run): boolean | "input" | "recurrent" {
  if (Wb && Rb) {
    return true;
  }
  return Wb ? "input" : Rb ? "recurrent" : false;
}

/** The weights by PyTorch's names, gates in PyTorch's order. */
function named(
  run: Run,
  shapes: ReadonlyMap<string, readonly number[]>,
): Map<string, Tensor<Float64Array<ArrayBuffer>>> {
  const { H } = run.sizes;
  const given = new Map<string, readonly number[] | undefined>();
  run.weights.forEach(({ W, R, Wb, Rb, P }, d) => {
    const suffix = d === 1 ? "_reverse" : "";
    given.set(`weight_ih_l0${suffix}`, W);
    given.set(`weight_hh_l0${suffix}`, R);
    given.set(`bias_ih_l0${suffix}`, Wb);
    given.set(`bias_hh_l0${suffix}`, Rb);
    for (const [k, gate] of ["i", "o", "f"].entries()) {
      given.set(`peephole_${gate}_l0${suffix}`, P?.slice(k * H, (k + 1) * H));
    }
  });
  return new Map(
    [...shapes].map(([name, shape]) => {
      const data = given.get(name);
      if (data === undefined) {
        throw new Error(`the case has no ${name}`);
      }
      const sorted = name.startsWith("peephole") ? data : reordered(data, run.gates, ORDER[run.cell.kind]);
      return [name, { shape, data: Float64Array.from(sorted) }];
    }),
  );
}

/** Equal blocks, one a gate, in another order of the gates. */
function reordered(data: readonly number[], from: string, to: string): number[] {
  const block = data.length / from.length;
  return [...to].flatMap((gate) => {
    const start = from.indexOf(gate) * block;
    return data.slice(start, start + block);
  });
}
