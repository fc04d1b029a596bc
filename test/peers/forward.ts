// One run of a recurrent layer on the CPU in float64, given and returned in the layout that ONNX and WebNN
// share: weights by direction and by gates in whatever order, states [D, B, H].

import { cpu, type Floats, type Model } from "webrnn";
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
  readonly direction: "forward" | "reverse" | "both";
  /** One a direction. */
  readonly weights: readonly Weights[];
  /** [T, B, I], or [B, T, I] if batchFirst. */
  readonly x: readonly number[];
  readonly batchFirst?: boolean;
  /** [D, B, H]. */
  readonly h0?: readonly number[] | undefined;
  readonly c0?: readonly number[] | undefined;
  /** How often x is fed, the state carried; the last result counts. 1 if not given. */
  readonly calls?: number;
}

export interface Result {
  /** [T, B, D, H], or [B, T, D, H] if batchFirst. */
  readonly y: Float64Array;
  /** [D, B, H]. */
  readonly hn: Float64Array;
  readonly cn: Float64Array | undefined;
}

/** PyTorch's order of the gates, which is webrnn's and that of the cells here. */
const ORDER = { rnn: "h", lstm: "ifgo", gru: "rzn" };

type AnyRecurrent = Model<{ x: Floats; h0?: Floats; c0?: Floats }, "y" | "hn" | "cn">;

export async function forward(run: Run): Promise<Result> {
  const { T, B, I, H } = run.sizes;
  const bias = run.weights.some(({ Wb, Rb }) => Wb !== undefined || Rb !== undefined);
  const way =
    run.direction === "both" ? { bidirectional: true as const } : { reverse: run.direction === "reverse" };
  // All layers have y and hn; only an LSTM is asked for cn, or given c0.
  const net = layerOf(run.cell, I, H, { bias, ...way }) as unknown as AnyRecurrent;
  const stateful = (run.calls ?? 1) > 1;
  const session = await cpu({ precision: "float64" }).session(net, {
    weights: named(run, net),
    batchSize: B,
    sequenceLength: T,
    batchFirst: run.batchFirst ?? false,
    stateful,
  });
  const inputs = {
    x: Float64Array.from(run.x),
    ...(run.h0 ? { h0: Float64Array.from(run.h0) } : {}),
    ...(run.c0 ? { c0: Float64Array.from(run.c0) } : {}),
  };
  const wanted = run.cell.kind === "lstm" ? (["y", "hn", "cn"] as const) : (["y", "hn"] as const);
  let result = await session.run(inputs, wanted);
  for (let call = 1; call < (run.calls ?? 1); call += 1) {
    result = await session.run(inputs, wanted);
  }
  session.dispose();
  const cn = run.cell.kind === "lstm" ? (result as { cn: Float64Array }).cn : undefined;
  return { y: result.y, hn: result.hn, cn };
}

/** The weights by PyTorch's names, gates in PyTorch's order. */
function named(run: Run, net: AnyRecurrent): Map<string, { shape: readonly number[]; data: Float64Array }> {
  const { H } = run.sizes;
  const order = ORDER[run.cell.kind];
  const given = new Map<string, readonly number[]>();
  run.weights.forEach(({ W, R, Wb, Rb, P }, d) => {
    const suffix = d === 1 ? "_reverse" : "";
    const none = new Array<number>(order.length * H).fill(0);
    given.set(`weight_ih_l0${suffix}`, W);
    given.set(`weight_hh_l0${suffix}`, R);
    given.set(`bias_ih_l0${suffix}`, Wb ?? none);
    given.set(`bias_hh_l0${suffix}`, Rb ?? none);
    for (const [k, gate] of ["i", "o", "f"].entries()) {
      given.set(`peephole_${gate}_l0${suffix}`, (P ?? []).slice(k * H, (k + 1) * H));
    }
  });
  const weights = new Map<string, { shape: readonly number[]; data: Float64Array }>();
  for (const [name, shape] of net.shapes) {
    const data = given.get(name) ?? given.get(name.replace(/_reverse$/, ""));
    if (data === undefined) {
      throw new Error(`the case has no ${name}`);
    }
    const sorted = name.startsWith("peephole") ? data : reordered(data, run.gates, order);
    weights.set(name, { shape, data: Float64Array.from(sorted) });
  }
  return weights;
}

/** Equal blocks, one a gate, in another order of the gates. */
function reordered(data: readonly number[], from: string, to: string): number[] {
  const block = data.length / from.length;
  return [...to].flatMap((gate) => {
    const start = from.indexOf(gate) * block;
    return data.slice(start, start + block);
  });
}
