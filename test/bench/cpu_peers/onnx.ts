// The forward workloads as ONNX models, floats of the weights included: protocol buffers written by hand,
// only the fields that these models need (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).

import type { Weights } from "./workloads.js";

/** What a model is made of. steps: time steps of a call, all T or single ones. */
interface Sizes {
  readonly cell: "lstm" | "gru" | "rnn";
  readonly B: number;
  readonly T: number;
  readonly I: number;
  readonly H: number;
  readonly layers: number;
  readonly directions: 1 | 2;
  readonly steps: number;
  /** Of the linear layer at a single step's end; 0 or left out: there is none. */
  readonly classes?: number;
}

type Bytes = Uint8Array;

const FLOAT = 1;
const INT64 = 7;
const OPSET = 17;

function join(parts: readonly Bytes[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** n: at most 32 bits, as all sizes here. */
function varint(n: number): Bytes {
  const out: number[] = [];
  let rest = n;
  for (; rest > 127; rest >>>= 7) out.push((rest & 127) | 128);
  return Uint8Array.from([...out, rest]);
}

const int = (field: number, n: number): Bytes => join([varint(field << 3), varint(n)]);

function bytes(field: number, data: Bytes | string): Bytes {
  const raw = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return join([varint((field << 3) | 2), varint(raw.length), raw]);
}

const message = (field: number, ...parts: Bytes[]): Bytes => bytes(field, join(parts));

function attribute(name: string, value: number | string | readonly number[]): Bytes {
  if (typeof value === "number") return message(5, bytes(1, name), int(3, value), int(20, 2));
  if (typeof value === "string") return message(5, bytes(1, name), bytes(4, value), int(20, 3));
  return message(5, bytes(1, name), ...value.map((n) => int(8, n)), int(20, 7));
}

function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, number | string | readonly number[]>> = {},
): Bytes {
  return message(
    1,
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(4, op),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  );
}

function constant(name: string, shape: readonly number[], data: Float32Array | BigInt64Array): Bytes {
  return message(
    5,
    ...shape.map((length) => int(1, length)),
    int(2, data instanceof Float32Array ? FLOAT : INT64),
    bytes(8, name),
    bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
}

/** field: 11 for an input, 12 for an output. */
function port(field: 11 | 12, name: string, shape: readonly number[]): Bytes {
  const sides = shape.map((length) => message(1, int(1, length)));
  return message(field, bytes(1, name), message(2, message(1, int(1, FLOAT), message(2, ...sides))));
}

/** ONNX stacks the gates i o f g and z r n, PyTorch i f g o and r z n. */
const order = { lstm: [0, 3, 1, 2], gru: [1, 0, 2], rnn: [0] } as const;

/** A weight of all directions in ONNX's order of gates, [D, …]. */
function stacked({ cell, directions }: Sizes, weights: Weights, kinds: readonly string[], layer: number) {
  const parts: Float32Array[] = [];
  for (const suffix of ["", "_reverse"].slice(0, directions)) {
    for (const kind of kinds) {
      const data = weights.get(`rnn.${kind}_l${layer}${suffix}`)?.data as Float32Array; // networkOf has it
      const block = data.length / order[cell].length;
      for (const gate of order[cell]) parts.push(data.subarray(gate * block, (gate + 1) * block));
    }
  }
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/**
 * Inputs X [steps, B, I] and, where steps are single ones, h and c; outputs hn, cn and Y: [steps, B, D H], of one
 * direction as the operator gives it, [steps, 1, B, H], of a linear layer [1, classes].
 */
export function onnxModel(sizes: Sizes, weights: Weights): Bytes {
  const { cell, B, I, H, layers, directions: D, steps, T, classes = 0 } = sizes;
  const G = order[cell].length * H;
  const isStep = steps < T;
  const state = [D, B, H];
  const parts = [port(11, "X", [steps, B, I]), port(12, "Y", outputShape(sizes))];
  if (layers * D > 1) parts.push(shapeOf("merged", [steps, B, D * H]));
  if (isStep) parts.push(...["h", "c"].flatMap((s) => [port(11, s, state), port(12, `${s}n`, state)]));
  for (let l = 0; l < layers; l += 1) {
    const isLast = l === layers - 1;
    const from = l === 0 ? "X" : `Y${l - 1}`;
    const width = l === 0 ? I : D * H;
    // a lone direction needs no moving, and at the end no other shape
    const isBare = isLast && D === 1;
    const y = isBare ? (classes > 0 ? "" : "Y") : `apart${l}`; // [T, D, B, H]
    parts.push(
      constant(`W${l}`, [D, G, width], stacked(sizes, weights, ["weight_ih"], l)),
      constant(`R${l}`, [D, G, H], stacked(sizes, weights, ["weight_hh"], l)),
      constant(`B${l}`, [D, 2 * G], stacked(sizes, weights, ["bias_ih", "bias_hh"], l)),
      node(
        cell.toUpperCase(),
        [from, `W${l}`, `R${l}`, `B${l}`, ...(isStep ? ["", "h", "c"] : [])],
        [y, ...(isStep ? ["hn", "cn"] : [])],
        {
          hidden_size: H,
          direction: D === 2 ? "bidirectional" : "forward",
          ...(cell === "gru" && { linear_before_reset: 1 }),
        },
      ),
    );
    if (isBare) continue;
    if (D === 2) parts.push(node("Transpose", [y], [`beside${l}`], { perm: [0, 2, 1, 3] }));
    parts.push(node("Reshape", [D === 2 ? `beside${l}` : y, "merged"], [isLast ? "Y" : `Y${l}`]));
  }
  if (classes > 0) parts.push(...head(sizes, weights));
  const graph = message(7, ...parts, bytes(2, cell));
  return join([int(1, 8), graph, message(8, bytes(1, ""), int(2, OPSET))]);
}

function outputShape({ steps, B, H, directions: D, classes = 0 }: Sizes): readonly number[] {
  if (classes > 0) return [1, classes];
  return D === 1 ? [steps, 1, B, H] : [steps, B, D * H];
}

const shapeOf = (name: string, shape: readonly number[]): Bytes =>
  constant(name, [shape.length], BigInt64Array.from(shape, BigInt));

/** The linear layer, of a single step's state. */
function head({ H, classes = 0 }: Sizes, weights: Weights): Bytes[] {
  const weight = (name: string) => weights.get(`head.${name}`)?.data as Float32Array; // the network has a head
  return [
    constant("weight", [classes, H], weight("weight")),
    constant("bias", [classes], weight("bias")),
    shapeOf("flat", [1, H]),
    node("Reshape", ["hn", "flat"], ["state"]),
    node("Gemm", ["state", "weight", "bias"], ["Y"], { transB: 1 }),
  ];
}
