// What float16 may lose: layers of many sizes on a GPU that uses it, in its storage or its arithmetic, beside the CPU in
// float32.

import { type Backend, cpu, gru, linear, lstm, type Model, rnn } from "../src/index.js";
import { calls, difference, floats, parts } from "./agree_check.js";

export const [B, T, I] = [5, 6, 7];
export const nets: Readonly<Record<string, Model>> = {
  "lstm, odd sizes": lstm(I, 17) as Model,
  "lstm, two layers, both directions": lstm(I, 32, { numLayers: 2, bidirectional: true }) as Model,
  "lstm, projected": lstm(I, 20, { projSize: 9 }) as Model,
  "gru, odd sizes": gru(I, 13, { bidirectional: true }) as Model,
  rnn: rnn(8, 64) as Model,
  "linear, odd sizes": linear(I, 5) as Model,
  "linear by fours": linear(8, 64, { activation: "tanh" }) as Model,
};

/** How far outputs are from those of the CPU, and the gradients of everything. */
export async function againstFloat32(gpu: Backend, net: Model, how: object) {
  const weights = net.initialWeights({ seed: 3 });
  const features = [...net.shapes.values()][0][1];
  const request = { ...how, weights, inputs: { x: floats([B, T, features], 1) } };
  const shapes = (await calls(cpu()).gradients(net, { ...request, cotangents: {} })).outputs;
  const cotangents = Object.fromEntries(
    Object.entries(shapes).map(([name, { shape }], k) => [name, floats(shape, 11 + k)]),
  );
  const want = parts(await calls(cpu()).gradients(net, { ...request, cotangents }));
  const got = parts(await calls(gpu).gradients(net, { ...request, cotangents }));
  return {
    forward: difference(got.forward, want.forward),
    backward: difference(got.backward, want.backward),
  };
}
