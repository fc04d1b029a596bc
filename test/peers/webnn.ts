// WebNN's lstm, gru, lstmCell, gruCell and layerNormalization, as web-platform-tests and webnn-baseline test them.

import type { Place } from "./backends.js";
import { expectClose, onEach, readJson, swapMiddle, transposed, type Values } from "./cases.js";
import { forward, type Weights } from "./forward.js";
import { layerNormed } from "./layer_norm.js";

interface WebnnCase {
  readonly name: string;
  readonly op: "lstm" | "gru" | "lstmCell" | "gruCell" | "layerNormalization";
  readonly params: { readonly steps?: number; readonly hiddenSize: number };
  readonly options: {
    readonly resetAfter?: boolean;
    readonly direction?: "forward" | "backward" | "both";
    readonly layout: string;
    readonly activations: readonly string[];
    readonly epsilon?: number;
    readonly axes?: readonly number[];
  };
  readonly inputs: {
    readonly [K in
      | "input"
      | "weight"
      | "recurrentWeight"
      | "bias"
      | "recurrentBias"
      | "peepholeWeight"
      | "initialHiddenState"
      | "initialCellState"
      | "hiddenState"
      | "cellState"
      | "scale"]?: Values;
  };
  /** Output is the hidden state of a gruCell. */
  readonly outputs: readonly (Values & { readonly slot: "hidden" | "cell" | "sequence" | "output" })[];
  /** In units in the last place; webnn-baseline's values are exact to float64. */
  readonly tolerance: string | { readonly value: number; readonly dtype: "float32" | "float16" };
}

const directions = { forward: {}, backward: { reverse: true }, both: { bidirectional: true } } as const;

export function webnnSuite(folder: string): void {
  const files = ["index-wpt.json", "index-baseline.json"].flatMap((index) =>
    readJson<{ readonly file: string }[]>(folder, index),
  );
  for (const { file } of files) {
    const given = readJson<WebnnCase>(folder, file);
    const run = given.op === "layerNormalization" ? checkLayerNorm : check;
    onEach(`${file}: ${given.name}`, (place) => run(given, place));
  }
}

/** Over all axes but the first, unless they are named; scale and bias are given in the order of their names. */
async function checkLayerNorm({ options, inputs, outputs }: WebnnCase, place: Place): Promise<void> {
  const x = present(inputs.input);
  const axes = options.axes ?? x.shape.slice(1).map((_, k) => k + 1);
  const from = Math.min(...axes);
  const isTurned = axes.length === 2 && axes[0] > axes[1];
  const ordered = (values: Values | undefined): readonly number[] | undefined =>
    values && isTurned ? transposed(values) : values?.data;
  const y = await layerNormed(
    place,
    x,
    from,
    options.epsilon ?? 1e-5,
    ordered(inputs.scale),
    ordered(inputs.bias),
  );
  expectClose(y, outputs[0].data, Math.max(1e-12, place.least), "output");
}

async function check(given: WebnnCase, place: Place): Promise<void> {
  const { options, inputs } = given;
  const kind = given.op.startsWith("lstm") ? "lstm" : "gru";
  const x = present(inputs.input);
  const [B, I] = x.shape.slice(-2);
  const T = given.params.steps ?? 1;
  const H = given.params.hiddenSize;
  const D = options.direction === "both" ? 2 : 1;
  const { y, hn, cn } = await forward(place, {
    cell: {
      kind,
      activations: options.activations,
      resetAfter: options.resetAfter ?? true,
      peephole: inputs.peepholeWeight !== undefined,
    },
    gates: options.layout,
    sizes: { T, B, I, H },
    options: directions[options.direction ?? "forward"],
    weights: Array.from({ length: D }, (_, d) => weightsOf(given, d, D)),
    x: x.data,
    h0: (inputs.initialHiddenState ?? inputs.hiddenState)?.data,
    c0: (inputs.initialCellState ?? inputs.cellState)?.data,
  });
  for (const { slot, data } of given.outputs) {
    const got = slot === "sequence" ? swapMiddle(y, [T, B, D, H]) : slot === "cell" ? (cn ?? []) : hn;
    expectClose(got, data, Math.max(toleranceOf(given), place.least), slot);
  }
}

/** One direction's share of each weight. */
function weightsOf({ inputs }: WebnnCase, d: number, D: number): Weights {
  const share = (values: Values | undefined): readonly number[] | undefined => {
    const length = (values?.data.length ?? 0) / D;
    return values?.data.slice(d * length, (d + 1) * length);
  };
  return {
    W: share(present(inputs.weight)) ?? [],
    R: share(present(inputs.recurrentWeight)) ?? [],
    Wb: share(inputs.bias),
    Rb: share(inputs.recurrentBias),
    P: share(inputs.peepholeWeight),
  };
}

function toleranceOf({ tolerance }: WebnnCase): number {
  if (typeof tolerance === "string") {
    return 1e-12;
  }
  return tolerance.value * (tolerance.dtype === "float16" ? 2 ** -10 : 2 ** -23);
}

function present(values: Values | undefined): Values {
  if (values === undefined) {
    throw new Error("the case lacks an input that every case has");
  }
  return values;
}
