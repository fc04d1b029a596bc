// ONNX's recurrent operators as our layers, floor 5: attributes become options, and the weights of a node
// weights by our names. It reads no files: an importer of ONNX models brings nodes and tensors to it.

import { type Activation, type ActivationName, forms } from "../cells/activations.js";
import { gru, lstm, rnn } from "../describe/cells.js";
import type { Recurrent, RecurrentOptions } from "../describe/options.js";
import { unknown, wrong } from "../errors.js";
import { showShape } from "../weights/tensors.js";
import type { FromOnnx, OnnxAttributes, OnnxLayer, OnnxNode, OnnxOperator, StatesOf } from "./node.js";
import { gates, weightsOf } from "./weights.js";

const usual = { RNN: ["Tanh"], LSTM: ["Sigmoid", "Tanh", "Tanh"], GRU: ["Sigmoid", "Tanh"] };

/**
 * The layer that an RNN, LSTM or GRU of ONNX is, and its weights. What else goes into a node goes into a call:
 * sequence_lens are lengths, initial_h h0, initial_c c0, [D, B, H]. Y is [T, D, B, H] there, y [T, B, D·H] here;
 * Y_h is hn, Y_c cn, [D, B, H]. With layout 1, X is [B, T, I], Y [B, T, D, H], and states are [B, D, H]
 * there, [D, B, H] here.
 *
 *     const { layer, weights, batchFirst } = fromOnnx({ op: "LSTM", attributes: { hidden_size: 64 }, W, R, B });
 *     const session = await backend.session(layer, { weights, batchFirst, batchSize, sequenceLength });
 *
 * @throws ShapeError where an attribute or a shape is none of such a node.
 */
export function fromOnnx<Op extends OnnxOperator>(node: OnnxNode<Op>): FromOnnx<StatesOf<Op>> {
  const { direction = "forward", layout } = node.attributes ?? {};
  const D = check(node, direction);
  const [there, back] = activationsOf(node, D);
  const batchFirst = layout === 1;
  if (!back || JSON.stringify(there) === JSON.stringify(back)) {
    return { ...layerOf(node, there, direction, 0), batchFirst };
  }
  const reverse = layerOf(node, back, "reverse", 1);
  return { ...layerOf(node, there, "forward", 0), reverse, batchFirst };
}

/** How many directions there are. */
function check({ op, attributes = {}, W, R, B, P }: OnnxNode, direction: string): number {
  if (!Object.hasOwn(gates, op)) throw unknown("fromOnnx", "operator", op, Object.keys(gates));
  const directions = ["forward", "reverse", "bidirectional"];
  if (!directions.includes(direction)) throw unknown("fromOnnx", "direction", direction, directions);
  const D = direction === "bidirectional" ? 2 : 1;
  const H = attributes.hidden_size ?? R.shape[2];
  const rows = gates[op].length * H;
  const inputs = [
    ["W", W, [D, rows, W.shape[2]]],
    ["R", R, [D, rows, H]],
    ["B", B, [D, 2 * rows]],
    ["P", P, [op === "LSTM" ? D : 0, 3 * H]], // no other has it
  ] as const;
  for (const [name, tensor, shape] of inputs) {
    if (!tensor || showShape(tensor.shape) === showShape(shape)) continue;
    throw wrong(`fromOnnx: ${name}`, showShape(tensor.shape), `${showShape(shape)} of ${op}, ${direction}`);
  }
  return D;
}

/** Of each direction, in ONNX's order. */
function activationsOf({ op, attributes = {} }: OnnxNode, D: number): Activation[][] {
  const each = usual[op].length;
  const names = attributes.activations ?? Array.from({ length: D }, () => usual[op]).flat();
  if (names.length !== D * each) {
    throw wrong("fromOnnx: the list of activations", names, `${each} for each of ${D} directions`);
  }
  const given = [[...(attributes.activation_alpha ?? [])], [...(attributes.activation_beta ?? [])]];
  const all = names.map((name): Activation => {
    const kind = Object.keys(forms).find((one) => one.toLowerCase() === name.toLowerCase());
    if (!isActivation(kind)) throw unknown("fromOnnx", "activation", name, Object.keys(forms));
    // an activation that takes alpha, or beta, takes the next one that is left
    const [alpha, beta] = given.map((numbers, k) =>
      k < forms[kind].usual.length ? numbers.shift() : undefined,
    );
    return { kind, ...(alpha !== undefined && { alpha }), ...(beta !== undefined && { beta }) };
  });
  return Array.from({ length: D }, (_, d) => all.slice(d * each, (d + 1) * each));
}

function isActivation(kind: string | undefined): kind is ActivationName {
  return kind !== undefined && kind in forms;
}

type Layers = {
  readonly [Op in OnnxOperator]: (
    node: OnnxNode,
    activations: readonly Activation[],
    options: RecurrentOptions<"h"> & { readonly clip?: number },
  ) => Recurrent<StatesOf<Op>>;
};

const layers: Layers = {
  RNN: ({ W, R }, [f], options) => rnn(W.shape[2], R.shape[2], { ...options, nonlinearity: f }),
  LSTM: ({ W, R, P, attributes }, [f, g, h], options) => {
    const coupled = attributes?.input_forget === 1;
    const activations = { i: f, ...(!coupled && { f }), g, o: f, c: h };
    return lstm(W.shape[2], R.shape[2], { ...options, peephole: P !== undefined, coupled, activations });
  },
  GRU: ({ W, R, attributes }, [f, g], options) => {
    const resetAfter = attributes?.linear_before_reset === 1;
    return gru(W.shape[2], R.shape[2], { ...options, resetAfter, activations: { r: f, z: f, n: g } });
  },
};

/** first: the direction that the layer begins with among the node's. */
function layerOf<Op extends OnnxOperator>(
  node: OnnxNode<Op>,
  activations: readonly Activation[],
  direction: NonNullable<OnnxAttributes["direction"]>,
  first: number,
): OnnxLayer<StatesOf<Op>> {
  const { op, attributes: { clip, input_forget } = {}, B } = node;
  const isBoth = direction === "bidirectional";
  const layer = layers[op](node, activations, {
    bias: B !== undefined,
    ...(clip !== undefined && { clip }),
    ...(isBoth ? { bidirectional: true } : { reverse: direction === "reverse" }),
  });
  const coupled = op === "LSTM" && input_forget === 1;
  const weights = ["", ...(isBoth ? ["_reverse"] : [])].flatMap((suffix, k) =>
    weightsOf(node, first + k, suffix, coupled),
  );
  return { layer, weights: new Map(weights) };
}
