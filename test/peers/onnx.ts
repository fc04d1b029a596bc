// ONNX's RNN, LSTM, GRU, Gather and SoftmaxCrossEntropyLoss. The official cases have constant weights and
// zero states: a folder of cases with weights at random says more.

import { test } from "vitest";
import { cpu, crossEntropy, embedding, input, model } from "webrnn";
import { expectClose, type Pending, readJson, reportPending, swapMiddle, type Values } from "./cases.js";
import type { Activation, CellKind } from "./cells.js";
import { forward, type Result, type Run, type Weights } from "./forward.js";

type Attribute = number | string | readonly number[] | readonly string[];

interface OnnxCase {
  readonly name: string;
  readonly op: string;
  readonly attributes: { readonly [name: string]: Attribute };
  readonly inputs: readonly (Values & { readonly slot: string })[];
  readonly outputs: readonly (Values & { readonly slot: string })[];
}

/** Results are in float32; webrnn computes in float64. */
const TOLERANCE = 2e-6;

const kinds = {
  RNN: { kind: "rnn", gates: "h", activations: ["Tanh"] },
  LSTM: { kind: "lstm", gates: "iofg", activations: ["Sigmoid", "Tanh", "Tanh"] },
  GRU: { kind: "gru", gates: "zrn", activations: ["Sigmoid", "Tanh"] },
} as const;

/** pending: how many cases of this folder cannot be expressed yet. */
export function onnxSuite(title: string, folder: string, pendingCount: number): void {
  const files = readJson<{ readonly name: string; readonly file?: string }[]>(folder, "index.json");
  const pending: Pending[] = [];
  for (const { name, file } of files) {
    const given = withoutAbsent(readJson<OnnxCase>(folder, file ?? `${name}.json`));
    const reason = reasonToWait(given);
    if (reason !== undefined) {
      pending.push({ name, reason });
      continue;
    }
    test(`${name}: ${JSON.stringify(given.attributes)}`, () => check(given));
  }
  reportPending(title, pending, pendingCount);
}

/** What a case leaves out of an operator's inputs and outputs stands in its file without numbers. */
function withoutAbsent(given: OnnxCase): OnnxCase {
  const isThere = ({ data }: { readonly data?: readonly number[] }): boolean => data !== undefined;
  return { ...given, inputs: given.inputs.filter(isThere), outputs: given.outputs.filter(isThere) };
}

function check(given: OnnxCase): Promise<void> {
  switch (given.op) {
    case "Gather":
      return checkGather(given);
    case "SoftmaxCrossEntropyLoss":
      return checkCrossEntropy(given);
    default:
      return checkLayer(given);
  }
}

function reasonToWait(given: OnnxCase): string | undefined {
  const { op, attributes } = given;
  if (op === "Gather") {
    const indices = find(given, "indices")?.data ?? [];
    return attributes.axis === 0 && indices.every((id) => id >= 0)
      ? undefined
      : "indices from the end, and along other axes, of an embedding";
  }
  if (op === "SoftmaxCrossEntropyLoss") {
    return find(given, "w") && attributes.reduction !== "none" ? "weights of classes" : undefined;
  }
  if (op === "RNN" || op === "LSTM" || op === "GRU") {
    const lengths = find(given, "sequence_lens")?.data ?? [];
    const T = sizesOf(given).T;
    return lengths.every((length) => length === T) ? undefined : "lengths of sequences";
  }
  return notOurs[op] ?? `the operator ${op}`;
}

const notOurs: { readonly [op: string]: string } = {
  LogSoftmax: "log-softmax as a layer",
  NegativeLogLikelihoodLoss: "a loss of log-probabilities",
  LayerNormalization: "layer normalization as a layer",
  Adagrad: "Adagrad",
  Adam: "a way to give an optimizer its moments",
  Momentum: "a way to give an optimizer its moments",
  ReverseSequence: "the reversal of sequences as a layer",
};

// recurrent layers
// ---------------------------------------------------------------------------------------------------

function sizesOf(given: OnnxCase): Run["sizes"] {
  const [first, second, I] = present(given, "X").shape;
  const [T, B] = given.attributes.layout === 1 ? [second, first] : [first, second];
  return { T, B, I, H: given.attributes.hidden_size as number };
}

async function checkLayer(given: OnnxCase): Promise<void> {
  const { T, B, H } = sizesOf(given);
  const batchFirst = given.attributes.layout === 1;
  const D = given.attributes.direction === "bidirectional" ? 2 : 1;
  const { y, hn, cn } = await run(given);
  for (const { slot, data } of given.outputs) {
    // Ours is [T, B, D, H] and [D, B, H]. ONNX has Y [T, D, B, H], and with layout 1 all batches first.
    const states = (value: ArrayLike<number>): ArrayLike<number> =>
      batchFirst ? swapMiddle(value, [1, D, B, H]) : value;
    const got =
      slot === "Y"
        ? batchFirst
          ? y
          : swapMiddle(y, [T, B, D, H])
        : states(slot === "Y_c" ? (cn ?? []) : hn);
    expectClose(got, data, TOLERANCE, slot);
  }
}

/** Two directions whose cells differ are two layers; all else is one. */
async function run(given: OnnxCase): Promise<Result> {
  const { attributes } = given;
  const D = attributes.direction === "bidirectional" ? 2 : 1;
  const cells = Array.from({ length: D }, (_, d) => cellOf(given, d));
  const common = {
    gates: kinds[given.op as keyof typeof kinds].gates,
    sizes: sizesOf(given),
    x: present(given, "X").data,
    batchFirst: attributes.layout === 1,
  };
  const states = (slot: string): readonly number[] | undefined => {
    const values = find(given, slot);
    const { B, H } = common.sizes;
    return common.batchFirst && values ? swapMiddle(values.data, [1, B, D, H]) : values?.data;
  };
  const [h0, c0] = [states("initial_h"), states("initial_c")];
  const weights = cells.map((_, d) => weightsOf(given, d, D));
  const one = attributes.direction === "reverse" ? "reverse" : "forward";
  if (D === 1 || JSON.stringify(cells[0]) === JSON.stringify(cells[1])) {
    const direction = D === 2 ? "both" : one;
    return forward({ ...common, cell: cells[0], direction, weights, h0, c0 });
  }
  const half = (values: readonly number[] | undefined, d: number): readonly number[] | undefined =>
    values?.slice((d * values.length) / 2, ((d + 1) * values.length) / 2);
  const [there, back] = await Promise.all(
    (["forward", "reverse"] as const).map((direction, d) =>
      forward({
        ...common,
        cell: cells[d],
        direction,
        weights: [weights[d]],
        h0: half(h0, d),
        c0: half(c0, d),
      }),
    ),
  );
  const { T, B, H } = common.sizes;
  const both = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Float64Array.from([...Array.from(a), ...Array.from(b)]);
  const sideBySide = swapMiddle(both(there.y, back.y), [1, 2, T * B, H]);
  return {
    y: Float64Array.from(sideBySide),
    hn: both(there.hn, back.hn),
    cn: there.cn && back.cn ? both(there.cn, back.cn) : undefined,
  };
}

function cellOf({ op, attributes, inputs }: OnnxCase, d: number): CellKind {
  const { kind, activations: usual } = kinds[op as keyof typeof kinds];
  const names = (attributes.activations as readonly string[] | undefined) ?? [...usual, ...usual];
  const [alpha, beta] = ["activation_alpha", "activation_beta"].map(
    (name) => (attributes[name] as readonly number[] | undefined) ?? [],
  );
  const activations = names
    .map(
      (name, k): Activation => ({
        name,
        ...(alpha[k] === undefined ? {} : { alpha: alpha[k] }),
        ...(beta[k] === undefined ? {} : { beta: beta[k] }),
      }),
    )
    .slice(d * usual.length, (d + 1) * usual.length);
  return {
    kind,
    activations,
    ...(typeof attributes.clip === "number" ? { clip: attributes.clip } : {}),
    peepholes: inputs.some(({ slot }) => slot === "P"),
    coupled: attributes.input_forget === 1,
    resetAfter: attributes.linear_before_reset === 1,
  };
}

/** One direction's share of each weight; B is W's bias and R's, one after the other. */
function weightsOf(given: OnnxCase, d: number, D: number): Weights {
  const share = (slot: string): readonly number[] => {
    const data = find(given, slot)?.data ?? [];
    return data.slice((d * data.length) / D, ((d + 1) * data.length) / D);
  };
  const bias = share("B");
  const P = share("P");
  return {
    W: share("W"),
    R: share("R"),
    ...(bias.length > 0 ? { Wb: bias.slice(0, bias.length / 2), Rb: bias.slice(bias.length / 2) } : {}),
    ...(P.length > 0 ? { P } : {}),
  };
}

// embedding and loss
// -------------------------------------------------------------------------------------------------

/** Rows of a table: what lies behind the first axis is one row. */
async function checkGather(given: OnnxCase): Promise<void> {
  const table = present(given, "data");
  const ids = present(given, "indices").data;
  const V = table.shape[0];
  const size = table.data.length / V;
  const session = await cpu({ precision: "float64" }).session(embedding(V, size), {
    weights: { weight: { shape: [V, size], data: Float64Array.from(table.data) } },
    batchSize: 1,
    sequenceLength: ids.length,
  });
  const { y } = await session.run({ x: ids });
  expectClose(y, given.outputs[0].data, TOLERANCE, "y");
}

/** x is [N, C, …]: classes last, it is a sequence of N · … steps. */
async function checkCrossEntropy(given: OnnxCase): Promise<void> {
  const { attributes } = given;
  const x = present(given, "x");
  const targets = present(given, "y").data;
  const classWeights = find(given, "w")?.data;
  const [N, C] = x.shape;
  const rest = x.data.length / (N * C);
  const logits = swapMiddle(x.data, [N, C, rest, 1]);
  const ignoreIndex = attributes.ignore_index as number | undefined;
  const want = given.outputs[0].data;

  if (attributes.reduction !== "none") {
    const counted = targets.filter((target) => target !== ignoreIndex).length;
    const loss = await meanLoss(logits, targets, C, ignoreIndex);
    const total = attributes.reduction === "sum" ? loss * counted : loss;
    expectClose([total], want, TOLERANCE, "loss");
    return;
  }
  const losses: number[] = [];
  for (const [k, target] of targets.entries()) {
    const loss = await meanLoss(logits.slice(k * C, (k + 1) * C), [target], C, ignoreIndex);
    losses.push(loss * (classWeights?.[target] ?? 1));
  }
  expectClose(losses, want, TOLERANCE, "losses");
}

async function meanLoss(
  logits: readonly number[],
  targets: readonly number[],
  C: number,
  ignoreIndex: number | undefined,
): Promise<number> {
  const net = model({}, { x: input.features(C) }, (_, { x }) => x);
  const { loss } = await cpu({ precision: "float64" }).gradients(net, {
    weights: {},
    inputs: {
      x: { shape: [1, targets.length, C], data: Float64Array.from(logits) },
      target: { shape: [1, targets.length], data: Int32Array.from(targets) },
    },
    loss: crossEntropy(ignoreIndex === undefined ? {} : { ignoreIndex }),
  });
  return loss;
}

// ---------------------------------------------------------------------------------------------------------------------

function find(given: OnnxCase, slot: string): Values | undefined {
  return given.inputs.find((values) => values.slot === slot);
}

function present(given: OnnxCase, slot: string): Values {
  const values = find(given, slot);
  if (values === undefined) {
    throw new Error(`${given.name} has no ${slot}`);
  }
  return values;
}
