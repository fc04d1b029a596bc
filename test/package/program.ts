// The program that every host of the installed package runs: it learns to go on "0 1 2 3" on the CPU and on
// WebGPU.

import { expect } from "vitest";

/** Defines `result(webgpu)`, where webgpu makes the backend, as a function that resolves with a Result. */
export const program = `
  import { adam, cpu, crossEntropy, embedding, linear, lstm, sequential, webgpu } from "webrnn";
  const net = sequential({ embed: embedding(4, 8), rnn: lstm(8, 16), head: linear(16, 4) });
  const [x, target] = [[0, 1, 2, 3, 0, 1, 2, 3], [1, 2, 3, 0, 1, 2, 3, 0]];
  async function losses(backend) {
    const trainer = await backend.trainer(net, {
      batchSize: 1, sequenceLength: 8, loss: crossEntropy(), optimizer: adam({ lr: 0.05 }), seed: 1,
    });
    for (let update = 0; update < 30; update += 1) await trainer.step({ x, target });
    const { losses } = await trainer.metrics();
    trainer.dispose();
    return [...losses];
  }
  async function result(webgpu) {
    try {
      return { cpu: await losses(cpu()), webgpu: await losses(await webgpu()) };
    } catch (error) {
      return { error: String(error) };
    }
  }
`;

export interface Result {
  readonly error?: string;
  readonly cpu: readonly number[];
  readonly webgpu: readonly number[];
}

/** Both backends have learnt, from the same first loss. */
export function expectLearning(result: Result): void {
  expect(result.error).toBeUndefined();
  for (const losses of [result.cpu, result.webgpu]) {
    expect(losses).toHaveLength(30);
    expect(losses[0]).toBeGreaterThan(1);
    expect(losses[29]).toBeLessThan(0.2);
  }
  expect(Math.abs(result.cpu[0] - result.webgpu[0])).toBeLessThan(1e-4);
}
