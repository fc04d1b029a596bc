// webrnn's lanes, for the page and for node: a session's forward pass, and a trainer's step.

import { adam, type CpuBackend, crossEntropy } from "webrnn";
import type { CpuRequest } from "../../../src/backends/cpu/open.js";
import { cpuBackend } from "../../../src/cpu_backend.js";
import type { Lane } from "./race.js";
import { classifier, E, floats, networkOf, targets, type Weights, type Workload } from "./workloads.js";

/** What runs: fused multiply-add where the engine has it, SIMD without it, plain loops. */
export const fused: CpuRequest = {};
export const unfused: CpuRequest = { fused: false };
export const plain: CpuRequest = { simd: false };

export interface WebrnnLane extends Lane {
  /** Floating-point operations of a run. */
  readonly flops: number;
  readonly isFused: boolean;
}

const nameOf = ({ name }: CpuBackend): { name: string; isFused: boolean } => ({
  name: name.replace("CPU", "webrnn"),
  isFused: name.includes("fused"),
});

export async function forwardLane(
  request: CpuRequest,
  workload: Workload,
  weights: Weights,
): Promise<WebrnnLane> {
  const { B, T, I, H, directions: D, steps } = workload;
  const backend = cpuBackend(request);
  const session = await backend.session(networkOf(workload), {
    ...{ weights, batchSize: B, sequenceLength: steps, batchFirst: false, stateful: steps < T },
  });
  const [whole, y] = [floats(workload), new Float32Array(T * B * D * H)];
  const calls = Array.from({ length: T / steps }, (_, n) => ({
    inputs: { x: whole.subarray(n * steps * B * I, (n + 1) * steps * B * I) },
    outputs: { y: y.subarray(n * steps * B * D * H, (n + 1) * steps * B * D * H) },
  }));
  return {
    ...nameOf(backend),
    flops: calls.length * session.plan.cost().flops,
    run() {
      if (steps < T) session.state.reset();
      for (const { inputs, outputs } of calls) session.runSync(inputs, outputs);
    },
    output: () => y,
  };
}

/** A step of E and its loss; what is compared is the first losses. Runs in every so manieth round. */
export async function trainingLane(request: CpuRequest, every = 1): Promise<WebrnnLane> {
  const backend = cpuBackend(request);
  const trainer = await backend.trainer(classifier(), {
    ...{ batchSize: E.B, sequenceLength: E.T, batchFirst: false, seed: 1 },
    ...{ loss: crossEntropy(), optimizer: adam() },
  });
  const batch = { x: floats(E), target: targets() };
  for (let n = 0; n < 3; n += 1) await trainer.step(batch);
  const { losses } = await trainer.metrics();
  return {
    ...nameOf(backend),
    flops: trainer.plan.cost().flops,
    async run() {
      await trainer.step(batch);
      await trainer.metrics();
    },
    output: () => losses,
    every,
  };
}
