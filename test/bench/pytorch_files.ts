// Writes what scripts/pytorch_check.py reads: the weights of a network trained here, and one run of it. By
// `node scripts/bench.mjs pytorch_files FOLDER`, then `python3 scripts/pytorch_check.py
// FOLDER/lstm.safetensors FOLDER/lstm.run.safetensors`.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  adam,
  cpu,
  crossEntropy,
  embedding,
  gru,
  linear,
  lstm,
  rnn,
  sequential,
  writeSafetensors,
} from "../../src/index.js";

const [V, E, H, P, B, T] = [23, 8, 16, 5, 4, 12];
const both = { numLayers: 2, bidirectional: true } as const;
const networks = {
  rnn: { type: "RNN", layer: rnn(E, H, both), size: H },
  lstm: { type: "LSTM", layer: lstm(E, H, both), size: H },
  gru: { type: "GRU", layer: gru(E, H, both), size: H },
  lstm_proj: { type: "LSTM", layer: lstm(E, H, { ...both, projSize: P }), size: P, more: { proj_size: P } },
};

export async function main([folder = "."]: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [name, { type, layer, size, ...rest }] of Object.entries(networks)) {
    const net = sequential({
      embed: embedding(V, E),
      rnn: layer,
      head: linear(2 * size, V),
    });
    const sizes = { batchSize: B, sequenceLength: T };
    const backend = cpu();
    const trainer = await backend.trainer(net, {
      ...sizes,
      loss: crossEntropy(),
      optimizer: adam({ lr: 1e-2 }),
      seed: 1,
    });
    const ids = Int32Array.from({ length: B * T }, (_, k) => (k * k + 3 * k) % V);
    for (let update = 0; update < 30; update++) await trainer.step({ x: ids, target: ids });
    const session = await backend.session(net, { ...sizes, weights: trainer });
    const { y } = await session.run({ x: ids });

    const more = "more" in rest ? rest.more : {};
    const rnnArgs = { input_size: E, hidden_size: H, num_layers: 2, bidirectional: true, ...more };
    const layers = [
      { name: "embed", type: "Embedding", args: { num_embeddings: V, embedding_dim: E } },
      { name: "rnn", type, args: rnnArgs },
      { name: "head", type: "Linear", args: { in_features: 2 * size, out_features: V } },
    ];
    const run = { "in/x": { shape: [B, T], data: ids }, "out/y": { shape: [B, T, V], data: y } };
    writeFileSync(join(folder, `${name}.safetensors`), writeSafetensors(await trainer.weights()));
    writeFileSync(
      join(folder, `${name}.run.safetensors`),
      writeSafetensors(run, { layers: JSON.stringify(layers) }),
    );
    console.log(`${name}: ${join(folder, name)}.safetensors and .run.safetensors`);
    backend.dispose();
  }
}
