// Layer normalization over the last axes, as ONNX and WebNN have it: those axes are one of webrnn's.

import { layerNorm } from "webrnn";
import type { Place } from "./backends.js";
import type { Values } from "./cases.js";

/** scale and bias have the shape of the axes from `axis` on, or are left out. */
export async function layerNormed(
  { calls }: Place,
  { shape, data }: Values,
  axis: number,
  eps: number,
  scale: readonly number[] | undefined,
  bias: readonly number[] | undefined,
): Promise<ArrayLike<number>> {
  const size = shape.slice(axis).reduce((product, length) => product * length, 1);
  const net = layerNorm(size, { eps });
  const numbers = (given: readonly number[] | undefined, or: number) => ({
    shape: [size],
    data: given ? Float64Array.from(given) : new Float64Array(size).fill(or),
  });
  const session = await calls.session(net, {
    weights: { weight: numbers(scale, 1), bias: numbers(bias, 0) },
    batchSize: 1,
    sequenceLength: data.length / size,
  });
  const { y } = await session.run({ x: Float64Array.from(data) });
  session.dispose();
  return y;
}
