// ONNX's RNN, LSTM, GRU, Gather, LayerNormalization and SoftmaxCrossEntropyLoss. The official cases have constant weights and
// zero states: a folder of cases with weights at random says more.

import { crossEntropy, embedding, input, model, type OnnxNode, type OnnxOperator } from "webrnn";
import { checkOnnx } from "../onnx_check.js";
import type { Place } from "./backends.js";
import {
  expectClose,
  onEach,
  type Pending,
  readJson,
  reportPending,
  swapMiddle,
  type Values,
} from "./cases.js";
import { layerNormed } from "./layer_norm.js";
import { checkUpdate } from "./onnx_updates.js";

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
    onEach(`${name}: ${JSON.stringify(given.attributes)}`, (place) => check(given, place));
  }
  reportPending(title, pending, pendingCount);
}

/** What a case leaves out of an operator's inputs and outputs stands in its file without numbers. */
function withoutAbsent(given: OnnxCase): OnnxCase {
  const isThere = ({ data }: { readonly data?: readonly number[] }): boolean => data !== undefined;
  return { ...given, inputs: given.inputs.filter(isThere), outputs: given.outputs.filter(isThere) };
}

function check(given: OnnxCase, place: Place): Promise<void> {
  switch (given.op) {
    case "Gather":
      return checkGather(given, place);
    case "SoftmaxCrossEntropyLoss":
      return checkCrossEntropy(given, place);
    case "LayerNormalization":
      return checkLayerNorm(given, place);
    case "Adagrad":
    case "Adam":
    case "Momentum":
      return checkUpdate(given, place, TOLERANCE);
    default:
      return checkLayer(given, place);
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
  if (op === "Adagrad" || op === "Adam" || op === "Momentum") {
    const [before] = find(given, "T")?.data ?? [];
    return before === 0 ? undefined : "an update that is not the first";
  }
  return notOurs[op];
}

const notOurs: { readonly [op: string]: string } = {
  LogSoftmax: "log-softmax as a layer",
  NegativeLogLikelihoodLoss: "a loss of log-probabilities",
  ReverseSequence: "the reversal of sequences as a layer",
};

/** The operator and its attributes are one of fromOnnx's, or it says so. */
function checkLayer({ name, op, attributes, inputs, outputs }: OnnxCase, place: Place): Promise<void> {
  const bySlot = (values: OnnxCase["inputs"]) => new Map(values.map(({ slot, ...one }) => [slot, one]));
  const node = {
    name,
    op: op as OnnxOperator,
    attributes: attributes as NonNullable<OnnxNode["attributes"]>,
    inputs: bySlot(inputs),
    outputs: bySlot(outputs),
  };
  return checkOnnx(place.backend, node, Math.max(TOLERANCE, place.least));
}

// embedding and loss
// -------------------------------------------------------------------------------------------------

/** Rows of a table: what lies behind the first axis is one row. */
async function checkGather(given: OnnxCase, { calls, least }: Place): Promise<void> {
  const table = present(given, "data");
  const ids = present(given, "indices").data;
  const V = table.shape[0];
  const size = table.data.length / V;
  const session = await calls.session(embedding(V, size), {
    weights: { weight: { shape: [V, size], data: Float64Array.from(table.data) } },
    batchSize: 1,
    sequenceLength: ids.length,
  });
  const { y } = await session.run({ x: ids });
  session.dispose();
  expectClose(y, given.outputs[0].data, Math.max(TOLERANCE, least), "y");
}

/** x is [N, C, …]: classes last, it is a sequence of N · … steps. */
async function checkCrossEntropy(given: OnnxCase, place: Place): Promise<void> {
  const { attributes } = given;
  const x = present(given, "x");
  const targets = present(given, "y").data;
  const weight = find(given, "w")?.data;
  const [N, C] = x.shape;
  const rest = x.data.length / (N * C);
  const logits = swapMiddle(x.data, [N, C, rest, 1]);
  const { ignore_index: ignoreIndex, reduction } = attributes;
  const loss = (steps: readonly number[], classes: readonly number[], how: string): Promise<number> => {
    const options = {
      ...(ignoreIndex !== undefined && { ignoreIndex }),
      ...(weight && { weight: Float64Array.from(weight) }),
      reduction: how,
    };
    return lossOf(place, steps, classes, C, crossEntropy(options as Parameters<typeof crossEntropy>[0]));
  };
  const got =
    reduction === "none"
      ? await Promise.all(targets.map((one, k) => loss(logits.slice(k * C, (k + 1) * C), [one], "sum")))
      : [await loss(logits, targets, reduction as string)];
  expectClose(got, given.outputs[0].data, Math.max(TOLERANCE, place.least), "loss");
}

/** Of its three outputs the first; axis counts from the end where it is negative. */
async function checkLayerNorm(given: OnnxCase, place: Place): Promise<void> {
  const x = present(given, "X");
  const { axis = -1, epsilon = 1e-5 } = given.attributes as { axis?: number; epsilon?: number };
  const from = axis < 0 ? x.shape.length + axis : axis;
  const [scale, bias] = ["W", "B"].map((slot) => find(given, slot)?.data);
  const y = await layerNormed(place, x, from, epsilon, scale, bias);
  const want = given.outputs.find(({ slot }) => slot === "Y");
  expectClose(y, want?.data ?? [], Math.max(TOLERANCE, place.least), "Y");
}

async function lossOf(
  { calls }: Place,
  logits: readonly number[],
  targets: readonly number[],
  C: number,
  loss: ReturnType<typeof crossEntropy>,
): Promise<number> {
  const net = model({}, { x: input.features(C) }, (_, { x }) => x);
  const got = await calls.gradients(net, {
    weights: {},
    inputs: {
      x: { shape: [1, targets.length, C], data: Float64Array.from(logits) },
      target: { shape: [1, targets.length], data: Int32Array.from(targets) },
    },
    loss,
  });
  return got.loss ?? Number.NaN;
}

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
