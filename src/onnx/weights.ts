// The weights of an ONNX node by our names, floor 5: gates in our order, directions apart, peepholes one by one.

import { type FloatArray, sizeOf, type Tensor } from "../weights/tensors.js";
import type { OnnxNode } from "./node.js";

/** Where the gates of our weights, i f g o and r z n, are in ONNX's. */
export const gates = { RNN: [0], LSTM: [0, 2, 3, 1], GRU: [1, 0, 2] };
/** Where f is in ONNX's LSTM. */
const forget = 2;

/**
 * Of one direction (0 or 1 in the node's tensors), named with that suffix. coupled: a gate f has no weights
 * here.
 */
export function weightsOf(
  { op, W, R, B, P }: OnnxNode,
  direction: number,
  suffix: string,
  coupled: boolean,
): [name: string, Tensor<FloatArray>][] {
  const H = R.shape[2];
  const order = coupled ? gates[op].filter((gate) => gate !== forget) : gates[op];
  const recurrent = order.map((gate) => gate + gates[op].length);
  const parts: [prefix: string, Tensor<FloatArray> | undefined, blocks: readonly number[]][] = [
    ["weight_ih", W, order],
    ["weight_hh", R, order],
    ["bias_ih", B, order],
    ["bias_hh", B, recurrent],
    ["peephole_i", P, [0]],
    ["peephole_o", P, [1]],
    ["peephole_f", coupled ? undefined : P, [2]],
  ];
  return parts.flatMap(([prefix, tensor, blocks]) =>
    tensor ? [[`${prefix}_l0${suffix}`, rowsOf(tensor, direction, blocks, H)]] : [],
  );
}

/** Of one direction, blocks of H rows. */
function rowsOf(
  { shape: [, all, ...columns], data }: Tensor<FloatArray>,
  direction: number,
  blocks: readonly number[],
  H: number,
): Tensor<FloatArray> {
  const row = sizeOf(columns);
  const size = H * row;
  const from = data.subarray(direction * all * row);
  const picked = from.slice(0, blocks.length * size);
  blocks.forEach((block, i) => {
    picked.set(from.subarray(block * size, (block + 1) * size), i * size);
  });
  return { shape: [blocks.length * H, ...columns], data: picked };
}
